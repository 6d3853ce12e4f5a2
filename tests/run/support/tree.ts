/** A temporary tree of files for one test. */
import { dirname, join } from "node:path";

/** A directory that is removed when the test is over. */
export interface Tree extends Disposable {
  readonly root: string;
  /** The absolute path of a file of the tree. */
  path(name: string): string;
  read(name: string): string;
  write(name: string, text: string): void;
}

/** A tree with these files. */
export function createTree(files: Readonly<Record<string, string>> = {}): Tree {
  const root = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "stacker-test-" }));
  const tree: Tree = {
    root,
    path: (name) => join(root, name),
    read: (name) => Deno.readTextFileSync(join(root, name)),
    write(name, text) {
      Deno.mkdirSync(dirname(join(root, name)), { recursive: true });
      Deno.writeTextFileSync(join(root, name), text);
    },
    [Symbol.dispose]: () => Deno.removeSync(root, { recursive: true }),
  };
  for (const [name, text] of Object.entries(files)) tree.write(name, text);
  return tree;
}

/** YAML that names an image by two values, as a Helm chart does. */
export function chartValues(repository: string, tag: string, id = "app"): string {
  return `image:
  repository: ${repository} # {"$rebase": "${id}:name"}
  tag: ${tag} # {"$rebase": "${id}:tag"}
`;
}

/** YAML that names an image by one value, as a Deployment does. */
export function deployment(image: string, id = "app"): string {
  return `containers:\n  - image: ${image} # {"$rebase": "${id}"}\n`;
}
