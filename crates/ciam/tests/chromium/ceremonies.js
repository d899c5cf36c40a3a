// A passkey's ceremonies as the bank's page runs them, from what ciam's routes answer. `change` replaces members of the
// options that the browser is given.
({
  async create(options, change) {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON({
      challenge: options.challenge,
      rp: { id: options.relying_party.id, name: "Passbook" },
      user: { id: options.user, name: options.user_name, displayName: options.user_name },
      pubKeyCredParams: options.algorithms.map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: options.exclude.map((id) => ({ type: "public-key", id })),
      timeout: options.timeout_ms,
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
      ...change,
    });
    return (await navigator.credentials.create({ publicKey })).toJSON();
  },

  async get(options, change) {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON({
      challenge: options.challenge,
      rpId: options.relying_party.id,
      timeout: options.timeout_ms,
      userVerification: "required",
      ...change,
    });
    return (await navigator.credentials.get({ publicKey })).toJSON();
  },
})
