import { beforeAll, describe, expect, test } from "vitest";
import { CONTENT_TYPES, FILE_TYPES } from "../../src/commerce/assets/file-types.ts";
import { base64Of, freshPdf, latin, sha256Of } from "../support/asset-files.ts";
import { openUploadDesk, type UploadDesk } from "../support/upload-desk.ts";

let desk: UploadDesk;
beforeAll(async () => {
  desk = await openUploadDesk();
});

/** A body as its call, with the name that its type wants. */
const call = async (contentType: string, body: Uint8Array, over: Record<string, unknown> = {}) =>
  desk.call(await desk.args(body, { contentType, fileName: `file.${endingOf(contentType)}`, ...over }));

const endingOf = (contentType: string) =>
  contentType in FILE_TYPES ? FILE_TYPES[contentType as keyof typeof FILE_TYPES].extensions[0] : "txt";

const utf8 = (text: string) => new TextEncoder().encode(text);

const SAMPLES: Record<string, readonly Uint8Array[]> = {
  "application/pdf": [latin("%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n"), latin("%PDF-2.0\n<x:xmpmeta><?xpacket begin")],
  "application/zip": [latin("PK\u0003\u0004\u0014\u0000<html>inside is the archive's own matter")],
  "application/epub+zip": [latin(`PK\u0003\u0004${"\u0000".repeat(26)}mimetypeapplication/epub+zipPK<?xml version`)],
  "image/png": [latin("\u0089PNG\r\n\u001a\n\u0000\u0000\u0000\rIHDR")],
  "image/jpeg": [latin("\u00ff\u00d8\u00ff\u00e0\u0000\u0010JFIF"), latin("\u00ff\u00d8\u00ff\u00e1\u0000\u0010Exif")],
  "image/gif": [latin("GIF87a\u0001"), latin("GIF89a\u0001")],
  "image/webp": [latin("RIFF\u0024\u0000\u0000\u0000WEBPVP8 ")],
  "audio/mpeg": [latin("ID3\u0004\u0000"), latin("\u00ff\u00fb\u0090\u0064"), latin("\u00ff\u00f3\u0040\u00c0")],
  "video/mp4": [latin("\u0000\u0000\u0000\u0020ftypisom"), latin("\u0000\u0000\u0000\u0018ftypmp42")],
  "text/plain": [utf8("Grüße, 世界\r\n\ttwo < three\n"), utf8("\ufeffwith a mark")],
  "text/markdown": [utf8("# Title\n\n- [link](https://example.com) <https://example.com>\n")],
  "text/csv": [utf8("a,b\n1,2\n")],
};

test("every type that is stored has a sample here, and each is stored", async () => {
  expect(Object.keys(SAMPLES)).toEqual([...CONTENT_TYPES]);
  for (const [contentType, samples] of Object.entries(SAMPLES)) {
    for (const sample of samples) {
      const answer = await call(contentType, sample);
      expect(answer.body, `${contentType} ${answer.text}`).toMatchObject({
        result: { status: "stored_private", contentType },
      });
    }
  }
});

test("no sample passes for another type", async () => {
  const texts = ["text/plain", "text/markdown", "text/csv"];
  const ofOneKind = [texts, ["application/zip", "application/epub+zip"]];
  for (const [contentType, [sample = new Uint8Array()]] of Object.entries(SAMPLES)) {
    for (const other of CONTENT_TYPES) {
      if (other === contentType || ofOneKind.some((kind) => kind.includes(other) && kind.includes(contentType)))
        continue;
      const asText = texts.includes(other) && ["application/pdf", "image/gif"].includes(contentType);
      if (asText) continue;
      const answer = await call(other, sample);
      expect([contentType, other, answer.code, answer.body.field]).toEqual([
        contentType,
        other,
        "invalid_input",
        "contentType",
      ]);
    }
  }
});

test.each([
  ["SVG with script, as text", "text/plain", '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
  ["SVG behind an XML declaration", "text/csv", '<?xml version="1.0"?><svg onload="alert(1)"/>'],
  ["HTML, as text", "text/plain", "<!DOCTYPE html><title>x</title>"],
  ["HTML in capitals behind blanks", "text/markdown", "   \n\t<HTML><BODY>"],
  ["script in Markdown", "text/markdown", "# hello\n<script src=//evil.test></script>"],
  ["PDF that is HTML too", "application/pdf", "%PDF-1.7\n<html><body onload=alert(1)>"],
  ["GIF that is script too", "image/gif", "GIF89a/*\u0001*/=1;//<script>alert(1)</script>"],
  ["PNG with PHP", "image/png", "\u0089PNG\r\n\u001a\n<?php system($_GET[0]); ?>"],
  ["JPEG with ASP", "image/jpeg", "\u00ff\u00d8\u00ff\u00e0<% eval request %>"],
  ["PDF behind other matter", "application/pdf", "junk %PDF-1.7"],
  ["a program", "application/zip", "MZ\u0090\u0000"],
  ["text with NUL", "text/plain", "a\u0000b"],
  ["text with escapes", "text/plain", "\u001b]0;title\u0007"],
  ["text that is not UTF-8", "text/plain", "caf\u00e9"],
  ["WAV as WebP", "image/webp", "RIFF\u0024\u0000\u0000\u0000WAVEfmt "],
  ["HEIC as MP4", "video/mp4", "\u0000\u0000\u0000\u0018ftypheic"],
] as const)("%s is refused, in the call and by the link", async (_, contentType, content) => {
  const body = latin(content);
  expect((await call(contentType, body)).body).toMatchObject({ code: "invalid_input", field: "contentType" });
  const before = await desk.objects();
  const link = await desk.link(body, { contentType, fileName: `file.${endingOf(contentType)}` });
  expect(await desk.put(link.uploadUrl, body)).toMatchObject({ status: 400, body: { code: "invalid_input" } });
  expect(await desk.objects()).toBe(before);
});

test("a character that is cut where looking ends does not spoil a text", async () => {
  const body = utf8(`${"x".repeat(4095)}é and on`);
  expect((await call("text/plain", body)).code).toBeUndefined();
});

describe("what a call announces", () => {
  test.each([
    "text/html",
    "image/svg+xml",
    "application/javascript",
    "application/xhtml+xml",
    "text/plain; charset=utf-8",
    "Text/Plain",
    "",
    "*/*",
  ])("the type %j is not stored", async (contentType) => {
    expect((await call(contentType, utf8("x"))).body).toMatchObject({ code: "invalid_input", field: "contentType" });
  });

  test.each([
    "../secret.pdf",
    "..\\secret.pdf",
    "/etc/list.pdf",
    "a/b.pdf",
    "C:list.pdf",
    "list.pdf/",
    "list..pdf",
    ".pdf",
    ".hidden.pdf",
    " list.pdf",
    "list.pdf ",
    "list.pdf.exe",
    "list.html",
    "list.svg",
    "list",
    "list.pdf\n",
    "li\u0000st.pdf",
    "li\rst.pdf",
    "li\u007fst.pdf",
    "list\u202efdp.pdf",
    "list\u2066.pdf",
    "li\u200bst.pdf",
    "li\ufeffst.pdf",
    "li\u3164st.pdf",
    "li\u{e0041}st.pdf",
    "li\ud800st.pdf",
    'li"st.pdf',
    "li<st.pdf",
    "li%2fst.pdf",
    "li;st.pdf",
    "li`st`.pdf",
    "$(list).pdf",
    "-list.pdf",
    "Cafe\u0301.pdf",
    "pi_3NabcdefABCDEF12345.pdf",
    `${"l".repeat(117)}.pdf`,
    "",
  ])("the name %j is refused and not mended", async (fileName) => {
    expect((await call("application/pdf", freshPdf(), { fileName })).body).toMatchObject({
      code: "invalid_input",
      field: "fileName",
    });
  });

  test.each([
    "list.pdf",
    "List.PDF",
    "Übersicht 2026 (final), v1.2.pdf",
    "チェックリスト.pdf",
    "قائمة.pdf",
    `${"l".repeat(116)}.pdf`,
  ])("the name %j is kept as it is", async (fileName) => {
    const answer = await call("application/pdf", freshPdf(), { fileName });
    expect(answer.body, answer.text).toMatchObject({ result: { fileName } });
  });

  test("length, digest and body have to be of one file, and the field at fault is named", async () => {
    const body = freshPdf();
    const big = latin(`%PDF-${"x".repeat(16_380)}`);
    const cases: [string, Record<string, unknown>][] = [
      ["byteCount", { byteCount: body.length - 1 }],
      ["byteCount", { byteCount: body.length + 1 }],
      ["byteCount", { byteCount: 0 }],
      ["byteCount", { byteCount: -1 }],
      ["byteCount", { byteCount: 1.5 }],
      ["byteCount", { byteCount: "20" }],
      ["byteCount", { byteCount: 94_371_841 }],
      ["byteCount", { byteCount: 2 ** 53 }],
      ["bodySha256", { bodySha256: sha256Of(latin("other")) }],
      ["bodySha256", { bodySha256: sha256Of(body).toUpperCase() }],
      ["bodySha256", { bodySha256: sha256Of(body).slice(1) }],
      ["bodySha256", { bodySha256: "" }],
      ["bodyBase64", { bodyBase64: "" }],
      ["bodyBase64", { bodyBase64: "not base64!" }],
      ["bodyBase64", { bodyBase64: `${base64Of(body)}\n` }],
      ["bodyBase64", { bodyBase64: base64Of(big), byteCount: big.length, bodySha256: sha256Of(big) }],
      ["bodyBase64", { bodyBase64: "A".repeat(30_000) }],
    ];
    for (const [field, over] of cases) {
      const answer = await desk.call(await desk.args(body, over));
      expect(answer.body, JSON.stringify(over).slice(0, 100)).toMatchObject({ code: "invalid_input", field });
    }
    expect(big.length).toBe(16_385);
    expect((await call("application/pdf", big.slice(0, 16_384))).code).toBeUndefined();
  });

  test("only a file of the product that was named: another kind is not possible, another place is not found", async () => {
    const bundle = { productId: "product-launch-bundle" };
    expect((await call("application/pdf", freshPdf(), bundle)).code).toBeUndefined();
    for (const assetId of ["asset-launch-course-lessons", "asset-launch-member-area"]) {
      expect((await call("application/pdf", freshPdf(), { ...bundle, assetId })).code).toBe("ineligible_state");
    }
    for (const assetId of ["asset-launch-course-lessons", "asset-absent", "%", "asset-launch-checklist-pdf "]) {
      expect((await call("application/pdf", freshPdf(), { assetId })).body).toMatchObject({
        code: "not_found",
        field: "assetId",
      });
    }
  });
});
