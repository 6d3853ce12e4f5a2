/** The user's own words in a message: quoted, escaped, and cut when long. */

/** UTF-16 code units quoted at most: enough to recognise an image reference. */
const LONGEST = 100;

/** The text in double quotes. */
export function quote(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}
