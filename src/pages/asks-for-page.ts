/** Whether a person will look at the answer: a browser that opens an address asks for HTML, a program does not. */
export const asksForPage = (request: Request): boolean =>
  request.headers.get("Accept")?.toLowerCase().includes("text/html") ?? false;
