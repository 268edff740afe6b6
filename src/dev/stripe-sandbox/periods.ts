/** How often a price recurs. */
interface Recurrence {
  interval: string;
  interval_count: number;
}

/** `every month`, `every 3 months`. */
export function formatRecurrence({ interval, interval_count }: Recurrence): string {
  return `every ${interval_count === 1 ? interval : `${interval_count} ${interval}s`}`;
}

/** The first period end after `start`, counted from `anchor`, in epoch seconds. In a month without the anchor's day it is the last day. */
export function periodEnd(anchor: number, start: number, { interval, interval_count }: Recurrence): number {
  for (let count = 1; ; count++) {
    const end = plus(anchor, interval, interval_count * count);
    if (end > start) return end;
  }
}

function plus(anchor: number, interval: string, count: number): number {
  switch (interval) {
    case "day":
      return anchor + count * 24 * 60 * 60;
    case "week":
      return anchor + count * 7 * 24 * 60 * 60;
    case "month":
      return plusMonths(anchor, count);
    case "year":
      return plusMonths(anchor, 12 * count);
    default:
      throw new Error(`Stripe has no interval of a ${interval}.`);
  }
}

function plusMonths(anchor: number, count: number): number {
  const date = new Date(anchor * 1000);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return Math.floor(date.getTime() / 1000);
}
