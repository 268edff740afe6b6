/** A file that is imported as text: the bundler reads `with { type: "text" }`, Vite under tests reads `?raw`. */
declare module "*?raw" {
  const text: string;
  export default text;
}
