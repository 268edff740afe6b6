import { pageOf } from "../base/list.ts";
import { Problem } from "../base/problem.ts";
import { ROUTES } from "../commerce/routes.ts";
import { productWords } from "../commerce/words.ts";
import type { TaskStatus } from "../db/schema/vocabulary.ts";
import { type ListedTask, putTask, taskById, tasksPage as taskRows } from "../db/tasks.ts";
import type { Context } from "../kernel/context.ts";
import { Table } from "../pages/elements.tsx";
import { Notice } from "../pages/form-parts.tsx";
import { OwnWords, When } from "../pages/locale.tsx";
import { RowForm } from "./confirmed-form.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { Buyer, Id, Lists, listIn, OrderLink } from "./elements.tsx";
import { type Markable, mark, markFields } from "./mark.ts";
import { TASK_WORDS } from "./order-words.ts";
import { Pager, positionOf } from "./paging.tsx";
import type { Visit } from "./visit.tsx";

const LISTS = [
  ["open", "To do"],
  ["paused", "Paused"],
  ["done", "Done"],
] as const;

/** What a person has to do for the orders: the oldest first, then those that are paused and done, by a click each. */
export const tasksPage: ConsolePage = {
  path: ROUTES.ownerTasks,
  async show(visit, refusal) {
    const { ctx } = visit.site;
    const list = listIn(visit.url, LISTS);
    const after = await positionOf(visit);
    const { rows, business } = await readRows(visit, {
      first: taskRows(ctx, list === "open" ? "active" : list, after),
      ...(list === "open" ? { second: taskRows(ctx, "queued", after) } : {}),
      changed: taskById(ctx, visit.url.searchParams.get("changed") ?? ""),
    });
    const all = list === "open" ? [...rows.first, ...(rows.second ?? [])].sort(byAge) : rows.first;
    const { page, last } = pageOf(all, ({ task }) => ({ createdAt: task.createdAt, id: task.id }));
    const [changed] = rows.changed;
    const content = (
      <>
        <p class="soft">
          What a person does for a paid order. The buyer sees where it stands. Access does not change by it.
        </p>
        {changed && !refusal && <Changed row={changed} visit={visit} />}
        <Lists path={ROUTES.ownerTasks} lists={LISTS} shown={list} />
        <Table
          label="Tasks"
          head={["What", "Task", "State", "Buyer", "Order", list === "done" ? "Done" : "Since", "Change", "Id"]}
          empty={EMPTY[list]}
          rows={page.map((row) => [
            <Name of={row} />,
            <OwnWords>{row.task.summary}</OwnWords>,
            stateOf(row),
            <Buyer of={row} />,
            <OrderLink id={row.task.checkoutIntentId} />,
            <When at={list === "done" ? row.task.updatedAt : row.task.createdAt} />,
            <Change row={row} visit={visit} />,
            <Id of={row.task.id} />,
          ])}
        />
        <Pager visit={visit} last={last} words={list === "open" ? ["Oldest", "Later"] : ["Newest", "Older"]} />
      </>
    );
    return consolePage(visit, { title: "Tasks", business, content, refusal });
  },

  async submit(form, visit) {
    const id = await mark(form, visit, taskMark(visit.site.ctx));
    return `${visit.url.pathname}?${new URLSearchParams({ changed: id })}`;
  },
};

const EMPTY: Readonly<Record<(typeof LISTS)[number][0], string>> = {
  open: "There is nothing to do.",
  paused: "No task is paused.",
  done: "No task is done yet.",
};

/** The oldest first, as both of the merged lists are. */
const byAge = ({ task: one }: ListedTask, { task: other }: ListedTask) =>
  one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1);

const Name = ({ of: { productName } }: { of: ListedTask }) => <OwnWords>{productWords(productName)}</OwnWords>;

/** Where a task stands, and why where it is paused. */
function stateOf({ task, checkoutStatus }: ListedTask): string {
  if (task.status !== "paused") return TASK_WORDS[task.status];
  if (checkoutStatus === "refunded") return "paused: the order was refunded";
  if (checkoutStatus === "disputed") return "paused: the payment is disputed at the bank";
  return TASK_WORDS.paused;
}

/** The one click that a task offers: done, or back. A paused one waits for its access. */
function Change({ row: { task, productName }, visit }: { row: ListedTask; visit: Visit }) {
  if (task.status === "paused") return null;
  const to = task.status === "done" ? "open" : "done";
  const words = to === "done" ? "Done" : "Take back";
  return (
    <RowForm
      visit={visit}
      hidden={markFields(task.id, task.updatedAt, to)}
      button={words}
      label={`${words}: ${productName ?? task.summary}`}
    />
  );
}

/** The result of the last click, with the click that takes it back. */
function Changed({ row, visit }: { row: ListedTask; visit: Visit }) {
  return (
    <>
      <Notice kind="good">
        <Name of={row} />: {stateOf(row)}.
      </Notice>
      {row.task.status === "done" && <Change row={row} visit={visit} />}
    </>
  );
}

/** How a task is set to done and taken back. One whose access has ended meanwhile goes back to paused. */
function taskMark(ctx: Context): Markable<ListedTask> {
  return {
    find: (id) => taskById(ctx, id),
    isDone: ({ task }) => task.status === "done",
    updatedAt: ({ task }) => task.updatedAt,
    change(row, done, now) {
      const { task, entitlementStatus } = row;
      if (task.status === "paused") {
        throw new Problem("ineligible_state", { detail: "The task is paused, because its access has ended." });
      }
      const to: TaskStatus = done ? "done" : entitlementStatus === "active" ? "queued" : "paused";
      return {
        writes: putTask(ctx, row, to, now),
        audit: {
          eventKind: done ? "fulfillment_task_done" : "fulfillment_task_reopened",
          subjectId: task.id,
          subjectStatus: to,
          checkoutIntentId: task.checkoutIntentId,
          summary: done ? "The owner set a task to done." : "The owner took back that a task is done.",
        },
      };
    },
  };
}
