import { Controller, Headers, Inject, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { askOf, pageOf, pageOrProblem } from '../answers/page.ts';
import { CONTROL_PORTS, type ControlPorts } from '../control-ports.ts';
import { ReadRoute } from '../openapi/documented.ts';
import { usageAnswer } from './usage-answer.ts';
import { usageCsv } from './usage-csv.ts';
import { toUsageQuery, type UsageQueryText, usageQuery } from './usage-query.ts';

const CSV_FILE = {
  type: 'text/csv; charset=utf-8; header=present',
  disposition: 'attachment; filename="usage.csv"',
};

@ApiTags('usage')
@Controller('admin/usage')
export class UsageController {
  readonly #ports: ControlPorts;

  constructor(@Inject(CONTROL_PORTS) ports: ControlPorts) {
    this.#ports = ports;
  }

  @ReadRoute({
    path: '',
    summary: 'Sums of what was used',
    description:
      'As CSV with `format=csv` or `accept: text/csv`: all items at once; `limit` and `cursor` are for JSON.',
    answer: pageOf(usageAnswer),
    hasCsv: true,
  })
  async getUsage(
    @Query({ schema: usageQuery }) query: UsageQueryText,
    @Headers('accept') accept: string | undefined,
  ) {
    const asked = toUsageQuery(query, Date.now());
    const wantsCsv = query.format === undefined ? /\btext\/csv\b/.test(accept ?? '') : query.format === 'csv';
    if (wantsCsv)
      return new StreamableFile(usageCsv(this.#ports.usage.everyUsage(asked), asked.by), CSV_FILE);
    return pageOrProblem(await this.#ports.usage.usage(asked, askOf(query)));
  }
}
