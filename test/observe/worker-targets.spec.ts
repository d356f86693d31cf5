import { expect, it } from '@jest/globals';
import { workerTargets } from '../../scripts/observe/worker-targets.ts';

const PAGE = `# TYPE ropeway_worker_state gauge
ropeway_worker_state{pool="default",worker="http://10.0.0.2:8000",state="ready"} 1
ropeway_worker_state{pool="default",worker="http://10.0.0.2:8000",state="down"} 0
ropeway_worker_state{worker="http://10.0.0.1",pool="yarn-4",state="down"} 1
ropeway_worker_state{pool="default",worker="https://10.0.0.3:8000",state="ready"} 1
ropeway_worker_requests{pool="default",worker="http://10.0.0.4:8000"} 1
`;

it('finds each worker once, whatever its state, with its pool; those behind https are left out', () => {
  expect(workerTargets(PAGE)).toEqual([
    { address: '10.0.0.1', labels: { job: 'vllm', pool: 'yarn-4' } },
    { address: '10.0.0.2:8000', labels: { job: 'vllm', pool: 'default' } },
  ]);
});

it('finds none on a page without workers', () => {
  expect(workerTargets('up 1\n')).toEqual([]);
});
