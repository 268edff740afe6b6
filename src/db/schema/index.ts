export * from "./affiliates.ts";
export * from "./billing.ts";
export * from "./catalog.ts";
export * from "./checkout.ts";
export * from "./operations.ts";
export * from "./people.ts";
export * from "./products.ts";
export * from "./sign-in.ts";
