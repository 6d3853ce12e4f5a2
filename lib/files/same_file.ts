/** Whether a name still leads to the file that was opened by it. */

/** What tells files apart: device and number. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number | null;
}

/** Whether both are one file. A system that gives a file no number (Windows, at times) is believed. */
export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.dev === b.dev && (a.ino === b.ino || !a.ino || !b.ino);
}
