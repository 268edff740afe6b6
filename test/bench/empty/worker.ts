/** A Worker that does nothing: what the runtime itself takes for a request. */
export default {
  async fetch(request) {
    await request.text();
    return new Response("{}", { headers: { "Content-Type": "application/json" } });
  },
} satisfies ExportedHandler;
