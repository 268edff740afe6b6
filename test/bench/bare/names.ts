/** The one document of the bare Worker. */
export const RESOURCE = "bare://document";
/** Its one tool. */
export const TOOL = "say_hello";
