// What a real vLLM says of itself on its metrics page.

/** Sum over the labels of one metric, those of `where` alone if given; 0 when it is not there. */
export async function workerMetric(url: string, name: string, where = ''): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text();
  return page
    .split('\n')
    .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(where))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

export function runningRequests(url: string): Promise<number> {
  return workerMetric(url, 'vllm:num_requests_running');
}

/** Completions it was ever asked, whatever became of them. */
export function askedCompletions(url: string): Promise<number> {
  return workerMetric(url, 'http_requests_total', 'completions"');
}
