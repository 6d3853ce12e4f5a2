/**
 * How real registries depart from the specification or stretch it, as switches named for the
 * registry they mimic. All are off by default: then the server is strict.
 */

/** What to mimic. */
export interface Quirks {
  /** Refuses `mount` without `from`. */
  readonly quayMountNeedsFrom?: boolean;
  /** Adds a charset to the Content-Type of manifests. */
  readonly quayContentTypeCharset?: boolean;
  /** Old Quay: HEAD of a manifest comes without Docker-Content-Digest. */
  readonly quayHeadWithoutDigest?: boolean;
  /** Requests beyond so many at once are answered with 429. */
  readonly quayBusyAbove?: number;
  /** Mounts are off: every one is answered as the start of an upload. */
  readonly ecrMountRefused?: boolean;
  /** ECR Public: a mount is an error, and so is HEAD of a blob although GET works. */
  readonly ecrPublicForbidsMountAndHead?: boolean;
  /** A chunk is answered with 201. */
  readonly ecrPatchAnswers201?: boolean;
  /** A tag that exists is never put again, not even with the digest it has. */
  readonly ecrImmutableTags?: boolean;
  /** The same in Harbor's words, by a rule for some tags. */
  readonly harborImmutableTags?: RegExp;
  /** Repositories are not made by pushing. */
  readonly ecrRepositoryMustExist?: boolean;
  /** The answer to a manifest has no Location. */
  readonly ecrNoManifestLocation?: boolean;
  /** A token of too little scope is answered with a Basic challenge. */
  readonly harborBasicOnThinScope?: boolean;
  /** A token of too little scope is answered with 403 and no challenge. */
  readonly garForbidsThinScope?: boolean;
  /** No upload in chunks, and none without a length. */
  readonly garNoChunked?: boolean;
  /** 411 for a body that comes without Content-Length. */
  readonly lengthRequired?: boolean;
  /** An Authorization header of more bytes than that, from a token of many scopes, is refused. */
  readonly acrHeaderLimit?: number;
  /** What is missing is answered with 403. */
  readonly artifactoryForbidsMissing?: boolean;
  /** HEAD finds every blob that any repository has, and the manifest is refused afterwards. */
  readonly artifactoryHeadLies?: boolean;
  /** The referrers endpoint answers 406. */
  readonly artifactoryNoReferrers?: boolean;
  /** The referrers endpoint answers 404, and a subject is not acknowledged. */
  readonly noReferrers?: boolean;
  /** Pulls that are left: GETs of manifests, not HEADs. */
  readonly dockerHubRateLimit?: number;
  /** The last request of an upload takes that long; repeated, it finds no upload any more. */
  readonly ghcrSlowCommit?: {
    readonly milliseconds: number;
    /** The blob never arrives, although the answer says so. */
    readonly lost?: boolean;
  };
  /** Locations are absolute and say http, behind whatever terminates TLS. */
  readonly nexusHttpLocation?: boolean;
  /** Configs come gzipped, asked for or not. */
  readonly redHatGzipsConfigs?: boolean;
  /** Bodies above that many bytes are refused, by a proxy with a page in HTML. */
  readonly cloudflareMaxUpload?: number;
  /** `sha256-<hex>` is a tag of the manifest with that digest, and of no list of referrers. */
  readonly gitlabDigestTags?: boolean;
  /** Mounting from another repository takes a token with the scope to pull there. */
  readonly distributionMountNeedsSourceScope?: boolean;
  /** POST with a digest and a body starts an upload like any other. */
  readonly distributionNoSinglePost?: boolean;
  /** The same, and takes the body for the first part of the blob. */
  readonly postedBodyIsFirstPart?: boolean;
  /** A mount without `from` finds the blob in any repository that may be read. */
  readonly regclientAnonymousMount?: boolean;
  /** Docker-Content-Digest, everywhere. */
  readonly digestHeader?: "missing" | "wrong";
  /** The Content-Type of every manifest, such as text/plain. */
  readonly manifestContentType?: string;
  /** HEAD of a manifest comes without Content-Length and Content-Type as well. */
  readonly bareHead?: boolean;
  /** The least size of a chunk but the last. */
  readonly chunkMinLength?: number;
}
