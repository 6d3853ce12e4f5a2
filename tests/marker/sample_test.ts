/** One file with everything at once, and one as the README shows it: only digests may differ. */
import assert from "node:assert/strict";
import { beforeAndAfter, find, findInBlocks, pin, targetsOf } from "./support/marked.ts";

const EVERYTHING = String.raw`%YAML 1.2
# Head comment, kept # {"not": "a marker"}
---   # first document
{{- if .Values.enabled }}
apiVersion:   helm.toolkit.fluxcd.io/v2
metadata: {name: "app", labels: {a: b,   "c":  'd'}}   # flow # style
spec:
    values:
        image:

          registry: ghcr.io           # {"$rebase": "app:registry"}
          repository: &repo "org/app" # {"$rebase": "app:name"}
          tag:   !!str 2.3.0§	# {"$imagepolicy": "ns:app", "$rebase": "app:tag"}
        sidecar:
          - {name: quay.io/o/side, # {"$rebase": "side:name"}
             tag: 'v1.10§' , # {"$rebase": "side:tag"}
             pullPolicy: Always}
          - *repo
        {{- range $i, $e := .Values.more }}
        more: {{ $e | quote }}
        {{- end }}
        text: "quoted \"text\" # {\"$rebase\": \"no:tag\"}"
        script: |-
          # {"$rebase": "no"}
          image: a/b:1 # {"$rebase": "no"}
        folded: >
          some 'text
        long: 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789
        emoji: 🚀 # 한국어
{{- end }}
{{/* image: a/b:1 # {"$rebase": "commented-out"} */}}
...
---
kind: Kustomization
images:
-   name: x
    newName: docker.io/library/nginx # {"$rebase": "nginx:name"}
    newTag: "1.27" # {"$rebase": "nginx:tag"}
    digest: "¤" # {"$rebase": "nginx:digest"}
# image: old/one:1 # {"$rebase": "commented-out"}
---
containers: [
  "localhost:5000/a:1§", # {"$rebase": "list"}
  localhost:5000/a:1§ # {"$rebase": "list"}
] # no final newline follows`;

Deno.test("pinning changes nothing but digests in a file with everything at once", () => {
  for (const lineEnd of ["\n", "\r\n"]) {
    for (const mark of ["", "\uFEFF"]) {
      const [before, after] = beforeAndAfter(mark + EVERYTHING.replaceAll("\n", lineEnd));
      assert.equal(pin(before), after);
      assert.equal(pin(after), after);
      assert.deepEqual(targetsOf(before).map(({ id }) => id), ["app", "side", "nginx", "list"]);
      assert.deepEqual(find(before).warnings, []);
    }
  }
});

Deno.test("pinning a HelmRelease changes the digest alone", () => {
  const [before, after] = beforeAndAfter(`apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
spec:
  values:
    image:
      repository: registry.example.com/my-group/my-project # {"$rebase": "my-app:name"}
      tag: 2.3.0§ # {"$rebase": "my-app:tag"}
`);
  assert.equal(pin(before), after);
});

Deno.test("pinning an Argo CD Application reaches into its values", () => {
  const [before, after] = beforeAndAfter(`kind: Application
spec:
  source:
    helm:
      values: |
        image:
          repository: ghcr.io/org/app # {"$rebase": "app:name"}
          tag: "2.3.0§" # {"$rebase": "app:tag"}
        # the end
`);
  assert.equal(pin(before, undefined, findInBlocks), after);
  assert.deepEqual(find(before).targets, []);
});
