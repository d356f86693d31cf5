// Who is being served right now, so that a revocation and the limit of a drain reach the answers that run. A list that forgets
// (docs/adr/0007), looked through only then.
import { Fault } from '#protocol';
import { isCalled, type RequestRecord } from '#telemetry';
import type { RevokedKeys } from '#tenancy';
import { SlotList } from '#workers';
import type { Exchange } from './exchange.ts';

export class LiveAnswers {
  readonly #exchanges = new SlotList<Exchange>();

  add(exchange: Exchange): void {
    this.#exchanges.add(exchange);
  }

  delete(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
  }

  /** Records of those called so, by our id or the client's. */
  find(id: string): readonly RequestRecord[] {
    const found: RequestRecord[] = [];
    this.#exchanges.each(({ record }) => {
      if (isCalled(record, id)) found.push(record);
    });
    return found;
  }

  /** Cuts every answer. */
  cut(fault: Fault): void {
    this.#exchanges.each((exchange) => exchange.cut(fault));
  }

  /** Cuts every answer of these keys; gives their number. */
  revoke({ code, keyIds, tenant }: RevokedKeys): number {
    let cut = 0;
    this.#exchanges.each((exchange) => {
      // Whose it is stands in the record as soon as the key is proven, before anything is waited for.
      const { keyId, tenant: owner } = exchange.record;
      if (keyId === null || exchange.isCut) return;
      if (!keyIds.includes(keyId) && owner !== tenant) return;
      cut++;
      exchange.cut(new Fault(code));
    });
    return cut;
  }
}
