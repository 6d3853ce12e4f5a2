/** What the parts of a scene are called. */
import { secret } from "../../support/secret.ts";

/** Names for the hosts: what is recorded on an image is the same in every process, whatever the port. */
export const APP_HOST = "apps.example.com";
/** Where there are two registries; else the base is beside the app. */
export const BASE_HOST = "bases.example.com";

/** The repository of the image that is rebased, and its tag. */
export const APP = "team/app";
export const TAG = "1.0";
export const BASE = "base";

/** Who may do everything. */
export const ACCOUNT = { username: "somebody", password: secret("password") };
