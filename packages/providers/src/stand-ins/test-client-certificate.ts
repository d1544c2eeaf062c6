/**
 * The certificate of the sandbox's clients, signed by itself: a test certificate whose key is known to everybody and worth
 * nothing. It is always the same, so that a sandbox that was set up stays set up when Koble is started afresh.
 */
export const testClientCertificate = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIB0DCCAXWgAwIBAgIUU0h3PxsV1VC5duSNUTascXQyIkswCgYIKoZIzj0EAwIw
PDEqMCgGA1UEAwwhS29ibGUgc2FuZGJveCwgYSB0ZXN0IGNlcnRpZmljYXRlMQ4w
DAYDVQQKDAVLb2JsZTAgFw0yNjExMjExNzU3MDRaGA8yMTI2MTAyODE3NTcwNFow
PDEqMCgGA1UEAwwhS29ibGUgc2FuZGJveCwgYSB0ZXN0IGNlcnRpZmljYXRlMQ4w
DAYDVQQKDAVLb2JsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABK8FRil8+tMc
DzJ5Glzxzx30OqmFome1ySC6eh5B3cthKDeB4hAW/Tvwzmtb+6ccB6MP9ye+1Bz3
YCB1/DLeAqGjUzBRMB0GA1UdDgQWBBQ5wGkBRghjQCFbEnmoiXj5Pnwk6DAfBgNV
HSMEGDAWgBQ5wGkBRghjQCFbEnmoiXj5Pnwk6DAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0kAMEYCIQDnm3XiiDdScpr332i+YIRGuACXcThSfspRNs+Filnm
CAIhAKqRVbuJPdgYdW0Am80TzCD0FbH6FIyEddZed1EQPCxJ
-----END CERTIFICATE-----
`,
  privateKey: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSvlKF8Go1MfyAF4G
TFFwsYFvrsi3cE/vZukn5iEu2x2hRANCAASvBUYpfPrTHA8yeRpc8c8d9DqphaJn
tckgunoeQd3LYSg3geIQFv078M5rW/unHAejD/cnvtQc92Agdfwy3gKh
-----END PRIVATE KEY-----
`,
}
