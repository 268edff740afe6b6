/**
 * An e-mail address in a form that passes through an app: `m…@e….com` of `mia@example.com`. Its person knows it again; the
 * app learns neither name nor provider.
 */
export function maskedAddress(address: string): string {
  const at = address.lastIndexOf("@");
  const [name, domain] = [address.slice(0, Math.max(0, at)), address.slice(at + 1)];
  const dot = domain.lastIndexOf(".");
  return `${first(name)}…@${first(domain)}…${dot > 0 ? domain.slice(dot) : ""}`;
}

const first = (text: string): string => [...text][0] ?? "";
