/** A client's socket as the edge knows it. Once it has ended, every verb does nothing. */
export interface Socket {
  /** Of the client, or of the nearest proxy that is not trusted. */
  readonly address: string;
  /** A text frame; bytes are UTF-8. */
  send(frame: string | Uint8Array): void;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  /** Sends a close frame; the owner hears of the close before this returns. */
  end(code: number, reason: string): void;
  /** Bytes that wait in this process; what the kernel holds back does not show. */
  bufferedAmount(): number;
  /** What is sent inside leaves in one system call. */
  cork(work: () => void): void;
}

/** One call reaches every socket subscribed to the topic; what is published in one loop turn leaves together. */
export interface Publisher {
  publish(topic: string, frame: Uint8Array): void;
}
