/** Of this build; a test holds it to that of the packages. */
export const version = '0.1.0';
