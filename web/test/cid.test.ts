import { describe, expect, it } from "vitest";
import { cidsOf, contentId, digestOf } from "../src/net/cid";

// From `ipfs add --cid-version=1` (Kubo): "hello world\n", and nothing at all.
describe("content identifiers", () => {
  it("are those of other programs", async () => {
    const { cid, digest } = await contentId(new TextEncoder().encode("hello world\n"));
    expect(cid).toBe("bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4");
    expect(digestOf(cid)).toBe(digest);
    expect(cidsOf(digest)[0]).toBe(cid);
    expect((await contentId(new Uint8Array())).cid).toBe("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
  });

  it("of two chunks are a tree", async () => {
    expect((await contentId(new Uint8Array(300_000))).cid).toMatch(/^bafybei/);
  });

  it("in other spellings are none", () => {
    expect(digestOf("bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei5")).toBeNull();
    expect(digestOf("QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o")).toBeNull();
  });
});
