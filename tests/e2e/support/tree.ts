/** The files of a directory as one comparable value. */
import { createHash } from "node:crypto";

/** Every path below the directory with its kind, mode, owner and content (a digest, or a link's target). */
export async function readTree(directory: string): Promise<ReadonlyMap<string, string>> {
  const entries = new Map<string, string>();
  await readInto(entries, directory, "");
  return entries;
}

async function readInto(entries: Map<string, string>, root: string, path: string): Promise<void> {
  const names = await Array.fromAsync(Deno.readDir(root + path), ({ name }) => name);
  for (const name of names.sort()) {
    const child = `${path}/${name}`;
    const info = await Deno.lstat(root + child);
    const owner = `${info.uid}:${info.gid} ${info.mode?.toString(8)}`;
    entries.set(child, `${owner} ${await content(root + child, info)}`);
    if (info.isDirectory) await readInto(entries, root, child);
  }
}

async function content(path: string, info: Deno.FileInfo): Promise<string> {
  if (info.isSymlink) return `-> ${await Deno.readLink(path)}`;
  if (!info.isFile) return "";
  return createHash("sha256").update(await Deno.readFile(path)).digest("hex");
}
