/** What a handshake offers and is answered with. */
export const subprotocol = 'gapless.v1';
