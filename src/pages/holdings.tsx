import { Day, OwnWords, PAGE_LANGUAGE } from "./locale.tsx";

/** A file as it is listed. */
interface ListedFile {
  readonly href: string;
  /** Undefined until it is stored. */
  readonly stored: { readonly fileName: string; readonly byteCount: number } | undefined;
}

/** What a person may use, as it is listed. */
interface ListedHolding {
  readonly name: string;
  readonly since: number;
  readonly isTest: boolean;
  /** Why it has ended; undefined while it is active. */
  readonly ended: string | undefined;
  /** Where the work of a person for it stands: a sentence, and the day that ends it. */
  readonly task: { readonly words: string; readonly on?: number } | undefined;
  readonly files: readonly ListedFile[];
}

/** Holdings as they are listed, with the address of each file below `route`. */
export function withPaths(holdings: readonly HeldThing[], route: string): ListedHolding[] {
  return holdings.map(({ entitlementId, files, ...rest }) => ({
    ...rest,
    files: files.map(({ assetId, stored }) => ({
      href: [route, encodeURIComponent(entitlementId), encodeURIComponent(assetId)].join("/"),
      stored,
    })),
  }));
}

/** A holding as it is read, its files by their ids. */
interface HeldThing extends Omit<ListedHolding, "files"> {
  readonly entitlementId: string;
  readonly files: readonly (Pick<ListedFile, "stored"> & { readonly assetId: string })[];
}

/** What a person may use, each with the files to download. */
export function Holdings({ holdings }: { holdings: readonly ListedHolding[] }) {
  return (
    <ul class="list">
      {holdings.map(({ name, since, isTest, ended, task, files }) => (
        <li class="card">
          <p>
            <strong>
              <OwnWords>{name}</OwnWords>
            </strong>
            {isTest && <span class="soft"> (test purchase)</span>}
          </p>
          {files.length > 0 && (
            <ul>
              {files.map((file) => (
                <li>
                  <File {...file} />
                </li>
              ))}
            </ul>
          )}
          {task && (
            <p>
              {task.words}
              {task.on !== undefined && (
                <>
                  {" "}
                  <Day at={task.on} />.
                </>
              )}
            </p>
          )}
          <p class="soft">
            {ended ?? (
              <>
                Yours since <Day at={since} />.
              </>
            )}
          </p>
        </li>
      ))}
    </ul>
  );
}

function File({ href, stored }: ListedFile) {
  if (!stored) return <>A file that is being prepared. You find it here as soon as it is ready.</>;
  return (
    <>
      <a href={href} download={stored.fileName}>
        Download <OwnWords>{stored.fileName}</OwnWords>
      </a>{" "}
      <span class="soft">({sizeText(stored.byteCount)})</span>
    </>
  );
}

const UNITS = ["byte", "kilobyte", "megabyte"] as const;

/** A number of bytes for people, in the units of file managers: `4.2 MB`. */
function sizeText(bytes: number): string {
  const step = bytes < 1000 ? 0 : bytes < 999_950 ? 1 : 2;
  const value = bytes / 1000 ** step;
  const maximumFractionDigits = value < 10 && step > 0 ? 1 : 0;
  return new Intl.NumberFormat(PAGE_LANGUAGE, {
    style: "unit",
    unit: UNITS[step] ?? "byte",
    unitDisplay: step === 0 ? "long" : "short",
    maximumFractionDigits,
  }).format(value);
}
