/** Colours for terminals: whether to use them, and the few that are used. */
import type { Environment } from "./environment.ts";

/** The codes that set each colour (ECMA-48, SGR). */
const CODES = { faint: "2", bold: "1", red: "31", yellow: "33", blue: "34", green: "32" } as const;

/** A colour by name. */
export type Colour = keyof typeof CODES;

/** Puts a text in a colour, or leaves it as it is where colours are not wanted. */
export type Paint = (colour: Colour, text: string) => string;

/** A painter that uses colours, or none. */
export function createPaint(coloured: boolean): Paint {
  return function paint(colour, text) {
    return coloured ? `\x1b[${CODES[colour]}m${text}\x1b[0m` : text;
  };
}

/**
 * Whether an output should be coloured: when it is a terminal, unless the environment says otherwise.
 *
 * https://no-color.org and https://force-color.org: any value but the empty one counts.
 */
export function wantsColour(env: Environment, isTerminal: boolean): boolean {
  if (env("NO_COLOR")) return false;
  const forced = env("FORCE_COLOR");
  if (forced === "0" || forced === "false") return false;
  return forced ? true : isTerminal;
}
