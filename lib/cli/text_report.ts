/** The result of a run for people: a line for each image, then the totals. Pure. */
import type { ImageResult, RunResult, Status } from "../run/result.ts";
import type { Colour, Paint } from "./colour.ts";

const COLOURS: Readonly<Record<Status, Colour>> = {
  rebased: "green",
  pinned: "green",
  "up-to-date": "faint",
  failed: "red",
};

/** As wide as the longest status. */
const STATUS_WIDTH = "up-to-date".length;
/** As many hexadecimal digits as other tools show of a digest. */
const SHORT_DIGEST = 12;

/** The report; ends in a line break. */
export function textReport(result: RunResult, paint: Paint): string {
  const lines = result.images.map((image) => imageLine(image, paint));
  return [...lines, totals(result)].map((line) => `${line}\n`).join("");
}

function imageLine(image: ImageResult, paint: Paint): string {
  const status = paint(COLOURS[image.status], image.status.padEnd(STATUS_WIDTH));
  return `${status}  ${image.image}:${image.tag}${digests(image)}`;
}

function digests({ status, outcome }: ImageResult): string {
  if (outcome === undefined) return "";
  const after = shorten(outcome.newDigest);
  return status === "rebased" ? `  ${shorten(outcome.digest)} -> ${after}` : `  ${after}`;
}

function shorten(digest: string): string {
  const colon = digest.indexOf(":");
  return digest.slice(0, colon + 1 + SHORT_DIGEST);
}

function totals(result: RunResult): string {
  const { files, targets, images, changes, failures, dryRun } = result;
  const found = `${count(files, "file")}, ${count(targets, "target")}, ${
    count(images.length, "image")
  }`;
  const states = (["rebased", "pinned", "up-to-date", "failed"] as const)
    .map((status) => [images.filter((image) => image.status === status).length, status] as const)
    .filter(([number]) => number > 0)
    .map(([number, status]) => `${number} ${status}`);
  const done = [
    ...states,
    ...(changes.length > 0 ? [`${count(changes.length, "file")} changed`] : []),
    ...(failures.length > 0 ? [count(failures.length, "error")] : []),
  ];
  const summary = `${found}${done.length > 0 ? `: ${done.join(", ")}` : ""}`;
  return dryRun ? `${summary} (nothing was pushed or written)` : summary;
}

/** `1 file`, `2 files`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
