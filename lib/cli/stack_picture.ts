/**
 * A picture in text of an image's layers, topmost first as they hide one another: before a rebase, and
 * beside it after. Pure; knows nothing of colours or terminals.
 */
import { type Digest, hexOf } from "../oci/digest.ts";
import { formatBytes } from "./progress.ts";

/** A layer as it is drawn. */
export interface DrawnLayer {
  /** Whose layer it is: `app`, `old base`, `new base`. */
  readonly role: string;
  readonly digest: Digest;
  /** Compressed, in bytes. */
  readonly size: number;
}

/** Enough of a digest to tell layers apart by eye; git shows as much. */
const SHOWN_HEX = 12;
const GAP = "      ";

/** The stack as lines; with a second stack beside it when something would change. Layers bottom first. */
export function drawStacks(
  before: readonly DrawnLayer[],
  after?: readonly DrawnLayer[],
): readonly string[] {
  const left = drawStack(before);
  if (after === undefined) return left;
  const right = drawStack(after);
  const height = Math.max(left.length, right.length);
  const width = left[0]?.length ?? 0;
  const [padLeft, padRight] = [height - left.length, height - right.length];
  const arrow = height - 2;
  return Array.from({ length: height }, (_, row) => {
    const gap = row === arrow ? "  ──▶ " : GAP;
    return `${left[row - padLeft] ?? " ".repeat(width)}${gap}${right[row - padRight] ?? ""}`
      .trimEnd();
  });
}

/** Layers of one role share a box, as they come and go together. */
function drawStack(layers: readonly DrawnLayer[]): readonly string[] {
  const rows = layers.toReversed().map((layer) => ({
    role: layer.role,
    text: `${layer.role.padEnd(8)}  ${hexOf(layer.digest).slice(0, SHOWN_HEX)}  ` +
      formatBytes(layer.size).padStart(7),
  }));
  const width = Math.max(...rows.map(({ text }) => text.length), 0);
  const line = (left: string, right: string) => left + "─".repeat(width + 2) + right;
  const lines = rows.flatMap(({ role, text }, index) => [
    ...(index > 0 && rows[index - 1]?.role !== role ? [line("├", "┤")] : []),
    `│ ${text.padEnd(width)} │`,
  ]);
  return [line("┌", "┐"), ...lines, line("└", "┘")];
}
