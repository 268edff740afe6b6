/** A message to one person: plain text, so that what is sent is what is read. */
export interface Message {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Sends mail. Throws when the message was not taken. */
export interface Mail {
  send(message: Message): Promise<void>;
}
