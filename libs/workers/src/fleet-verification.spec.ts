import { X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { aFleet, aPool, aWorker, closeAll, never, terms, withFreePort } from './fleet-under-test.ts';

afterEach(closeAll);

describe('StaticFleet: who may work', () => {
  it('has a worker that serves and counts as declared ready after the first look, with its whole share', async () => {
    const { fleet, first } = aFleet([aPool([await aWorker()])]);
    expect(first()).toMatchObject({ state: 'starting', load: { kvTokens: 50_000 } });
    await fleet.firstLook(never);
    expect(first()).toMatchObject({ state: 'ready', reason: '', share: 1, breaker: 'closed' });
    expect(first().load.kvTokens).toBe(160_000);
    expect(fleet.snapshot().pools[0]).toMatchObject({ name: 'default', windowTokens: 40_960 });
  });

  it('quarantines a worker with another window, says what to change, and takes it when it was changed', async () => {
    const worker = await aWorker();
    worker.windowTokens = 131_072;
    const { fleet, first, became } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    expect(first().state).toBe('quarantined');
    expect(first()).toMatchObject({
      quarantine: 'window',
      reason: expect.stringContaining('--max-model-len 40960'),
    });
    expect(fleet.lease(worker.url, terms)).toBeNull();
    worker.windowTokens = 40_960;
    await became('ready');
    expect(fleet.lease(worker.url, terms)).not.toBeNull();
  });

  it('finds out when a ready worker serves something else', async () => {
    const worker = await aWorker();
    const { fleet, first, became } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    worker.servedName = 'Qwen3-32B';
    await became('quarantined');
    expect(first()).toMatchObject({
      quarantine: 'served-name',
      reason: expect.stringContaining('Qwen3-32B'),
    });
  });

  it('quarantines a worker that counts differently, with the probe and both numbers', async () => {
    const worker = await aWorker();
    worker.countedTokens = 12;
    const { fleet, first } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    expect(first().state).toBe('quarantined');
    expect(first().quarantine).toBe('tokenizer');
    expect(first().reason).toContain('12 tokens for the probe "hello", we count 11');
  });

  it('compares counts only with probes of its own model', async () => {
    const { fleet, first } = aFleet([aPool([await aWorker()])], {
      tokenizerProbes: [{ name: 'other', body: '{}', expectedTokens: 99, model: 'qwen3-8b' }],
    });
    await fleet.firstLook(never);
    expect(first().state).toBe('ready');
  });

  it.each([404, 403])('uses a worker whose /tokenize answers %i, and says so', async (status) => {
    const worker = await aWorker();
    worker.tokenizeStatus = status;
    const { fleet, first, events } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    expect(first().state).toBe('ready');
    expect(events).toContainEqual(expect.objectContaining({ kind: 'tokenizer-check', result: 'absent' }));
  });

  it('uses a worker whose /tokenize does not answer, and compares later', async () => {
    const worker = await aWorker();
    worker.tokenizeStatus = 500;
    worker.countedTokens = 12;
    const { fleet, first, became, happened } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    expect(first().state).toBe('ready');
    await happened((event) => event.kind === 'tokenizer-check' && event.result === 'unanswered');
    worker.tokenizeStatus = 200;
    await became('quarantined');
  });

  it("shows the pool's key to its workers, and says when they refuse it", async () => {
    const worker = await aWorker();
    worker.apiKey = 'secret';
    const right = aFleet([aPool([worker], { apiKey: 'secret' })]);
    const wrong = aFleet([aPool([worker], { apiKey: 'stale' })]);
    await Promise.all([right.fleet.firstLook(never), wrong.fleet.firstLook(never)]);
    expect(right.first().state).toBe('ready');
    expect(wrong.first()).toMatchObject({ state: 'quarantined' });
    expect(wrong.first().reason).toContain('--api-key');
    expect(wrong.first().reason).not.toContain('stale');
  });

  it('survives a key that no header can carry', async () => {
    const { fleet, first } = aFleet([aPool([await aWorker()], { apiKey: 'line\nbreak' })]);
    await fleet.firstLook(never);
    expect(first().state).toBe('starting');
    expect(first().reason).toContain('Invalid character');
    expect(first().reason).not.toContain('break');
  });

  it("speaks TLS to workers, trusting the pool's authority and no other", async () => {
    const worker = await aWorker({ key: TEST_KEY, cert: TEST_CERTIFICATE });
    const trusting = aFleet([aPool([worker], { ca: TEST_CERTIFICATE })]);
    const strict = aFleet([aPool([worker])]);
    await Promise.all([trusting.fleet.firstLook(never), strict.fleet.firstLook(never)]);
    expect(trusting.first().state).toBe('ready');
    expect(trusting.first().certificate).toEqual({
      notBeforeMs: new X509Certificate(TEST_CERTIFICATE).validFromDate.getTime(),
      notAfterMs: new X509Certificate(TEST_CERTIFICATE).validToDate.getTime(),
    });
    expect(strict.first()).toMatchObject({ state: 'starting' });
    expect(strict.first().reason).toContain('SELF_SIGNED');
    expect(trusting.lease().endpoint).toMatchObject({ host: '127.0.0.1', port: worker.port });
  });

  it('waits for a worker that is still loading, and gives it its share gradually', async () => {
    const { port } = await withFreePort();
    const { fleet, first, became } = aFleet([aPool([{ url: `http://127.0.0.1:${port}` }])]);
    await fleet.firstLook(never);
    expect(first()).toMatchObject({ state: 'starting', reason: 'connection refused' });
    await aWorker(null, port);
    await became('ready');
    expect(first().share).toBeLessThan(1);
  });

  it('does not use an engine that sleeps until it is awake', async () => {
    const worker = await aWorker();
    const { fleet, first, became, events } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    worker.isAwake = false;
    await became('quarantined');
    expect(first()).toMatchObject({ quarantine: 'asleep', reason: expect.stringContaining('/wake_up') });
    worker.isAwake = true;
    await became('ready', events.length);
    expect(first().quarantine).toBeNull();
  });

  it('ends the first look when the signal says so, though a worker never answers', async () => {
    const worker = await aWorker();
    worker.hanging.add('/health');
    const { fleet, first } = aFleet([aPool([worker])], { options: { probeTimeoutMs: 60_000 } });
    await fleet.firstLook(AbortSignal.timeout(20));
    expect(first().state).toBe('starting');
  });
});

// Made for this test: `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500
// -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1`. It guards nothing.
const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSUYXOErSyVTixGPP
OCgW1uV1vce9+RfN4w8tFdkD97KhRANCAATd1ehiZ10rf9LviDRKLAgDcBiLxCaa
nENAPEzn9SpO6P8bep2N/54nqfoHDNJpU9JpWG8UIKXS20Hnx2+DL/Wm
-----END PRIVATE KEY-----
`;
const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUCI7Xivk6ciJ+NWYj7GSplP7czw4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMzIwMTAyOVoYDzIxMjYxMDMw
MjAxMDI5WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATd1ehiZ10rf9LviDRKLAgDcBiLxCaanENAPEzn9SpO6P8bep2N/54n
qfoHDNJpU9JpWG8UIKXS20Hnx2+DL/Wmo2QwYjAdBgNVHQ4EFgQUelTdVx/nhicv
ddZnjDZV+7wDRNMwHwYDVR0jBBgwFoAUelTdVx/nhicvddZnjDZV+7wDRNMwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IB7M4YvAOYsdqdKNOucSLchRd1EN4EB2UKcYCzcpt99FAiEA9JxRHMO5dWhqjCNR
q2iRpgXUVEYdgQM7az3M6evYeek=
-----END CERTIFICATE-----
`;
