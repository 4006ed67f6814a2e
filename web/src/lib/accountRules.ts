/** The server's rules for what people call themselves, so that a form can say what is wrong before it is sent. */

/** Begins with a letter or digit; a full stop at the end would be taken for the end of a sentence. */
export const isHandle = (text: string): boolean => /^[a-z0-9][a-z0-9._-]{0,30}[a-z0-9_-]$/.test(text);
export const isEmail = (text: string): boolean => /^\S+@\S+$/.test(text);
