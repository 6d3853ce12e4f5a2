/**
 * Targets to images: however many markers and files name an image, it is rebased once. Pure.
 */
import type { Target } from "../marker/target.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, type TagReference } from "../oci/reference.ts";
import type { Place } from "./place.ts";
import type { ScannedFile } from "./scanned_file.ts";

/** The member of a marker by which a file says what the image is based on. */
const BASE_KEY = "$rebase-base";

/** An image, and all places that name it. */
export interface ImageGroup {
  readonly image: TagReference;
  /** At least one, in the order of the files. */
  readonly places: readonly [Place, ...Place[]];
  /** The digests that the places pin, without repeats. */
  readonly pins: readonly Digest[];
  /** Whether some place holds no digest at all. */
  readonly unpinned: boolean;
  /** The bases that the markers themselves name, without repeats. */
  readonly bases: readonly string[];
}

/** The images that the files name, by canonical repository and tag, in the order of their first places. */
export function groupByImage(files: readonly ScannedFile[]): readonly ImageGroup[] {
  const places = files.flatMap((file) => file.targets.map((target) => ({ file, target })));
  const groups = Map.groupBy(places, ({ target }) => formatReference(imageOf(target)));
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [groupOf([first, ...others])]
  );
}

function groupOf(places: readonly [Place, ...Place[]]): ImageGroup {
  return {
    image: imageOf(places[0].target),
    places,
    pins: [...new Set(places.flatMap(({ target }) => target.pins))],
    unpinned: places.some(({ target }) => target.pins.length === 0),
    bases: [...new Set(places.flatMap(({ target }) => basesOf(target)))],
  };
}

function imageOf({ repository, tag }: Target): TagReference {
  return { repository, tag };
}

function basesOf({ markers }: Target): readonly string[] {
  return markers.flatMap(({ options }) => options[BASE_KEY] ?? []);
}
