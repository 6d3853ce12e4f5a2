/** The live line of a run: what it shows, from the run's events. Pure; the drawing is elsewhere. */
import type { RunEvent } from "../run/event.ts";

/** How far a run is. */
export interface Progress {
  readonly images: number;
  readonly done: number;
  readonly failed: number;
  /** Bytes of layers copied between registries. */
  readonly copied: number;
}

/** Before anything is known. */
export const NO_PROGRESS: Progress = { images: 0, done: 0, failed: 0, copied: 0 };

/** The progress after an event; the very same when the event changes nothing. */
export function advance(progress: Progress, event: RunEvent): Progress {
  switch (event.kind) {
    case "scanned":
      return { ...progress, images: event.images };
    case "settled":
      return {
        ...progress,
        done: progress.done + 1,
        failed: progress.failed + (event.failed ? 1 : 0),
      };
    default:
      return progress;
  }
}

/** The progress after so many more bytes were copied. */
export function addBytes(progress: Progress, bytes: number): Progress {
  return { ...progress, copied: progress.copied + bytes };
}

/** The line, no wider than the terminal; nothing when there is nothing to wait for. */
export function renderProgress(progress: Progress, width: number): string {
  const { images, done, failed, copied } = progress;
  if (images === 0) return "";
  const parts = [
    `${done}/${images} images`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(copied > 0 ? [`${formatBytes(copied)} copied`] : []),
  ];
  // One column is left free: some terminals wrap as soon as the last is written.
  return `  ${parts.join(", ")}`.slice(0, Math.max(0, width - 1));
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** A size in decimal units, as registries show it: `3.4 MB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(
    UNITS.length - 1,
    Math.floor(Math.log10(Math.max(1, bytes)) / 3),
  );
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`;
}
