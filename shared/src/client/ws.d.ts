/** The package brings no types of its own: what of it is used here. */
declare module 'ws' {
  export const WebSocket: import('./web-socket.ts').WebSocketConstructor;
}
