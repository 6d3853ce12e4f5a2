/** A YAML text with its path, and where its lines begin: offsets become lines and columns here alone. */

/** A place in a text; line and column count from 1, columns in UTF-16 code units. */
export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** A text to be searched for markers. */
export interface Source {
  /** As the user should see it in errors and reports. */
  readonly path: string;
  readonly text: string;
}
