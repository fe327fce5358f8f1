// The way in for a package: a button that picks a file, how far its opening is, and what went wrong.

import { element } from "../dom";
import { fillIn } from "../texts";
import type { OnProgress } from "./opened-package";
import { PackageProblem } from "./problem";
import type { FieldTexts } from "./texts";

export class PackageDoor {
  readonly root: HTMLElement;
  private readonly status = element("p", { class: "door-status", role: "status" });
  private readonly problem = element("p", { class: "door-problem", role: "alert" });
  private readonly input = element("input", { type: "file" });

  constructor(
    private readonly texts: FieldTexts,
    label: string,
    private readonly open: (file: File, onProgress: OnProgress) => Promise<void>,
  ) {
    this.root = element(
      "div",
      { class: "door" },
      element("label", { class: "pick" }, this.input, label),
      this.status,
      this.problem,
    );
    this.input.addEventListener("change", () => {
      const [file] = this.input.files ?? [];
      // The same file can be picked again after a problem.
      void this.take(file).finally(() => {
        this.input.value = "";
      });
    });
  }

  /** Opens a file that was picked or dropped. */
  async take(file: File | undefined): Promise<void> {
    if (!file || this.input.disabled) {
      return;
    }
    this.tell("");
    this.input.disabled = true;
    try {
      await this.open(file, (step, done) => {
        this.status.textContent = fillIn(this.texts[step], Math.floor(done * 100));
      });
    } catch (error) {
      this.tell(this.sentence(error));
    } finally {
      this.status.textContent = "";
      this.input.disabled = false;
    }
  }

  /** Says what went wrong. */
  tell(problem: string): void {
    this.problem.textContent = problem;
  }

  private sentence(error: unknown): string {
    if (!(error instanceof PackageProblem)) {
      return this.texts.unreadable;
    }
    const part = error.detail ? ` ${fillIn(this.texts.damagedPart, error.detail)}` : "";
    return this.texts[error.trouble] + part;
  }
}
