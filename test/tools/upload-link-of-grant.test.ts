import { beforeAll, expect, test } from "vitest";
import { uploadProductAsset } from "../../tools/upload-product-asset.ts";
import { announced, freshPdf } from "../support/asset-files.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { mcpDoor } from "../support/doors.ts";
import { lowerProofs } from "../support/lowered-proofs.ts";
import { revoke } from "../support/oauth.ts";
import { ownerDoors } from "../support/owner-doors.ts";
import { confirmedUpload } from "../support/upload-story.ts";
import { OWNER, type World } from "../support/world.ts";

interface Announced {
  readonly operationId: string;
  readonly result: { readonly id: string; readonly uploadUrl: string };
}

/** A client of the owner's, under a grant of its own. */
async function openClient(world: World) {
  const grant = await world.grant(OWNER, "mcp", ["owner:write"]);
  const call = await mcpDoor(world, uploadProductAsset.name, grant.accessToken);
  const standing = await mcpDoor(world, "get_operation", grant.accessToken);
  return { grant, call, standing };
}

describeInWorld("an upload link, and the grant that asked for it", {}, (world) => {
  beforeAll(() => lowerProofs(world));

  let keys = 0;
  const announce = async (body: Uint8Array) => {
    const { input, ...envelope } = await confirmedUpload(world, announced(body));
    return { ...input, ...envelope, idempotencyKey: `grant-${++keys}` };
  };
  const put = async (url: string, body: Uint8Array) => {
    const answer = await world.fetch(url, { method: "PUT", body });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const statusOf = async (id: string) =>
    (await world.all<{ status: string }>("SELECT status FROM product_asset_uploads WHERE id = ?", id))[0]?.status;
  const objects = async () => (await world.bindings.PRODUCT_ASSETS.list()).objects.length;
  const ended = {
    status: 409,
    body: { code: "ineligible_state", detail: "This link ended with the connection that asked for it." },
  };

  test("it is shown to that grant again, and to no other client with the same scope", async () => {
    const [first, second] = [await openClient(world), await openClient(world)];
    const body = freshPdf();
    const args = await announce(body);
    const answer = (await first.call(args)).body as unknown as Announced;
    const { uploadUrl, ...rest } = answer.result;
    expect((await first.call(args)).body).toEqual({ ...answer, replayed: true });
    expect((await first.standing({ operationId: answer.operationId })).body.result).toEqual(answer.result);
    expect((await second.call(args)).body).toEqual({ ...answer, replayed: true, result: rest });
    expect((await second.standing({ operationId: answer.operationId })).body.result).toEqual(rest);
    // The link itself is enough for its file, whoever carries it.
    expect((await put(uploadUrl, body)).status).toBe(201);
  });

  test("it ends with that grant, and not with another", async () => {
    const [first, second] = [await openClient(world), await openClient(world)];
    const body = freshPdf();
    const { result } = (await first.call(await announce(body))).body as unknown as Announced;
    const kept = (await second.call(await announce(body))).body as unknown as Announced;
    const before = await objects();
    await revoke(world.send, first.grant, first.grant.refreshToken);
    for (const again of [1, 2]) expect([again, await put(result.uploadUrl, body)]).toMatchObject([again, ended]);
    expect([await statusOf(result.id), await objects()]).toEqual(["upload_pending", before]);
    expect((await put(kept.result.uploadUrl, body)).status).toBe(201);
  });

  test("a grant that ends while the file is on its way leaves no file", async () => {
    const client = await openClient(world);
    const body = freshPdf();
    const { result } = (await client.call(await announce(body))).body as unknown as Announced;
    const before = await objects();
    world.database.interrupt(2, () => world.all("UPDATE oauth_grants SET revoked_at = 1 WHERE revoked_at IS NULL"));
    expect(await put(result.uploadUrl, body)).toMatchObject(ended);
    world.database.reset();
    expect([await statusOf(result.id), await objects()]).toEqual(["upload_pending", before]);
  });

  test("what the owner announces in their own browser comes under no grant", async () => {
    const doors = await ownerDoors(world, uploadProductAsset, OWNER);
    const body = freshPdf();
    const { result } = (await doors.http(await announce(body))).body as unknown as Announced;
    await world.all("UPDATE oauth_grants SET revoked_at = 1 WHERE revoked_at IS NULL");
    expect((await put(result.uploadUrl, body)).status).toBe(201);
  });
});
