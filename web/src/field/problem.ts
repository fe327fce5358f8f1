// What can be wrong with a package.

export type Trouble = "not-a-package" | "damaged" | "newer";

/** A problem that a person is told of; `detail` names the part of the package. */
export class PackageProblem extends Error {
  constructor(
    readonly trouble: Trouble,
    readonly detail = "",
  ) {
    super(`${trouble} ${detail}`);
  }
}

export function damaged(part: string): PackageProblem {
  return new PackageProblem("damaged", part);
}
