import { expect, it } from '@jest/globals';
import { certificateValidity } from './certificate-validity.ts';

/** 2026-01-01 to 2027-01-01. */
const EARLY = `-----BEGIN CERTIFICATE-----
MIIBCDCBrgIBATAKBggqhkjOPQQDAjAQMQ4wDAYDVQQDDAVlYXJseTAeFw0yNjAx
MDEwMDAwMDBaFw0yNzAxMDEwMDAwMDBaMBAxDjAMBgNVBAMMBWVhcmx5MFkwEwYH
KoZIzj0CAQYIKoZIzj0DAQcDQgAEVLTjYEYWMC+22UVUFD+3n2ltTiZqDSIcYJ78
XkK+rE8yzoZdNv9GVsaehFLm05Q4HvCihTa9rehjJEqM7qIMGzAKBggqhkjOPQQD
AgNJADBGAiEA2UVuHSpftNN34/wfZoPDdkFeyQKEFBFyrHvl48737NUCIQDj7+Bq
tkZ8FnPrh3NDmouU6b3Wnql5b5srOFVq7PUPKQ==
-----END CERTIFICATE-----`;
/** 2026-06-01 to 2036-01-01. */
const LATE = `-----BEGIN CERTIFICATE-----
MIIBBTCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARsYXRlMB4XDTI2MDYw
MTAwMDAwMFoXDTM2MDEwMTAwMDAwMFowDzENMAsGA1UEAwwEbGF0ZTBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABFS042BGFjAvttlFVBQ/t59pbU4mag0iHGCe/F5C
vqxPMs6GXTb/RlbGnoRS5tOUOB7wooU2va3oYyRKjO6iDBswCgYIKoZIzj0EAwID
SAAwRQIhAN+Db+Si756rPnKGrBMjH0JZIMS37RjWFbX56OLF5y8VAiBIzOYjcCPR
xHq7/5tZ/UJ+XXwyetdionFDfcEB56DLEg==
-----END CERTIFICATE-----`;
const early = { notBeforeMs: Date.UTC(2026, 0, 1), notAfterMs: Date.UTC(2027, 0, 1) };
const late = { notBeforeMs: Date.UTC(2026, 5, 1), notAfterMs: Date.UTC(2036, 0, 1) };

it('takes a chain to end with the first of it that ends', () => {
  expect(certificateValidity(`${LATE}\n${EARLY}\n`, 'chain')).toEqual(early);
});

it('takes authorities to end with the last of them, as one follows another', () => {
  expect(certificateValidity(`${LATE}\nsome words\n${EARLY}`, 'authorities')).toEqual(late);
});

it('finds none where none can be read, and passes over what cannot', () => {
  const broken = EARLY.replaceAll(/[A-Za-z0-9+/]{64}/g, 'x');
  for (const pem of ['', 'no certificate', broken]) expect(certificateValidity(pem, 'chain')).toBeNull();
  expect(certificateValidity(`${broken}\n${LATE}`, 'chain')).toEqual(late);
});
