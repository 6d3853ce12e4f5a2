/**
 * What `inspect` finds as JSON. Keys are a contract with scripts, as those of a run's document are; what
 * is unknown is left out.
 */
import { formatRepository } from "../oci/reference.ts";
import {
  type Inspection,
  layersOnlyIn,
  type OwnedLayer,
  ownedLayers,
  ownedNewLayers,
  type PlatformInspection,
  type Recorded,
} from "../rebase/inspection.ts";
import { baseRecord, errorRecord } from "./json_report.ts";

/** The inspection as plain data. */
export function inspectionJson(inspection: Inspection): unknown {
  const { digest, kind, others, platforms, reference, root } = inspection;
  return {
    image: formatRepository(reference.repository),
    tag: reference.tag,
    digest,
    kind,
    originalDigest: root,
    platforms: platforms.map(platformJson),
    others: others.map(({ about, digest, kind, type }) => ({ digest, kind, type, about })),
  };
}

function platformJson(inspection: PlatformInspection): unknown {
  const { base, changes, current, digest, layers, newLayers, platform } = inspection;
  const { recorded, refusal, release, seam, warnings } = inspection;
  return {
    platform,
    digest,
    current,
    refusal: refusal && errorRecord({ error: refusal }),
    base: base && baseRecord(base),
    seam: seam && { layers: seam.layers, proof: seam.proof },
    recorded: recorded.map(recordedJson),
    layers: ownedLayers(inspection).map(layerJson),
    newLayers: ownedNewLayers(inspection)?.map(layerJson),
    removed: newLayers && layersOnlyIn(layers, newLayers),
    added: newLayers && layersOnlyIn(newLayers, layers),
    changes,
    release,
    warnings: warnings.map(({ code, message }) => ({ code, message })),
  };
}

function recordedJson({ digest, name, refusal, source }: Recorded): unknown {
  return { source, name, digest, refusal: refusal && errorRecord({ error: refusal }) };
}

function layerJson({ layer: { digest, mediaType, size }, of }: OwnedLayer): unknown {
  return { of, mediaType, digest, size };
}
