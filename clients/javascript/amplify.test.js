// Signing in with Amplify, which is pointed at the server by `userPoolEndpoint`, and keeps what it knows in our storage.
//
// It has one configuration and one storage a process: the tests of this file run one after the other.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Amplify } from "aws-amplify";
import {
  confirmSignIn,
  fetchAuthSession,
  fetchDevices,
  fetchUserAttributes,
  forgetDevice,
  getCurrentUser,
  rememberDevice,
  signIn,
  signOut,
} from "aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "aws-amplify/auth/cognito";
import { ConsoleLogger } from "aws-amplify/utils";

import { NO_DEVICE, Poolhouse } from "./poolhouse.js";
import {
  ACCESS_TOKEN_REVOKED,
  ALWAYS,
  attributesOf,
  code,
  CODE_MISMATCH,
  INCORRECT,
  isLockedOut,
  NEW_PASSWORD,
  NO_SUCH_DEVICE,
  NO_SUCH_USER,
  OPT_IN,
  PASSWORD,
  refusal,
  Storage,
  USER,
  UserPool,
  WRONG_PASSWORD,
  wrongCode,
} from "./user-pool.js";

// Amplify names a device after its browser. Node.js has a `navigator` of its own since version 21.
globalThis.navigator ??= { userAgent: "Node.js" };

// It warns of every endpoint that is not of AWS.
ConsoleLogger.LOG_LEVEL = "ERROR";

const CREDENTIALS = { username: USER, password: PASSWORD };
const SIGNED_IN = { isSignedIn: true, nextStep: { signInStep: "DONE" } };

/** Amplify in a browser of its own, set up for the pool. */
function use(pool) {
  const storage = new Storage();
  const Cognito = { userPoolId: pool.id, userPoolClientId: pool.clientId, userPoolEndpoint: pool.server.url };
  Amplify.configure({ Auth: { Cognito } });
  cognitoUserPoolsTokenProvider.setKeyValueStorage(storage);
  return storage;
}

async function newPool(t, devices, client) {
  return UserPool.create(await Poolhouse.start(t), devices, client);
}

async function signInOnDevice() {
  assert.deepEqual(await signIn(CREDENTIALS), SIGNED_IN);
  return deviceKey();
}

async function deviceKey() {
  const { tokens } = await fetchAuthSession();
  return tokens.accessToken.payload.device_key;
}

/** The tokens that a refresh gives; none when it is refused. */
async function refreshed() {
  const { tokens } = await fetchAuthSession({ forceRefresh: true });
  return tokens;
}

for (const [kind, devices] of Object.entries({ always: ALWAYS, "opt-in": OPT_IN })) {
  test(`a device is confirmed, remembered, proved and forgotten (${kind})`, async (t) => {
    const pool = await newPool(t, devices);
    const asks = devices === OPT_IN;
    const storage = use(pool);

    const key = await signInOnDevice();
    assert.equal(storage.find("deviceKey"), key);
    assert.equal(await pool.deviceIs(key), asks ? "not_remembered" : "remembered");
    assert.deepEqual((await fetchDevices()).length, asks ? 0 : 1);
    await rememberDevice();
    const before = await pool.device(key);
    assert.equal(attributesOf(before)["dev:device_remembered_status"], "remembered");
    await signOut();

    assert.equal(await signInOnDevice(), key);
    assert.deepEqual(await pool.deviceKeys(), [key]);
    // Only a sign-in that has proved the device moves its dates.
    const after = await pool.device(key);
    assert.ok(after.DeviceLastModifiedDate > before.DeviceLastModifiedDate);

    const { tokens: old } = await fetchAuthSession();
    const tokens = await refreshed();
    assert.notEqual(tokens.accessToken.toString(), old.accessToken.toString());
    assert.equal(tokens.accessToken.payload.device_key, key);
    assert.equal(tokens.accessToken.payload.origin_jti, old.accessToken.payload.origin_jti);

    const [listed] = await fetchDevices();
    assert.equal(listed.id, key);
    assert.equal(listed.attributes.device_status, "valid");
    assert.equal(listed.name, attributesOf(after).device_name);
    assert.deepEqual(listed.createDate, after.DeviceCreateDate);
    assert.deepEqual(listed.lastModifiedDate, after.DeviceLastModifiedDate);

    await forgetDevice();
    assert.equal(storage.find("deviceKey"), undefined);
    assert.equal(await pool.deviceIs(key), "unknown");
    assert.deepEqual(await fetchDevices(), []);
    assert.deepEqual(await refusal(forgetDevice({ device: { id: key } })), NO_SUCH_DEVICE);
    assert.equal(await refreshed(), undefined);
    assert.notEqual(await signInOnDevice(), key);
  });
}

for (const [kind, devices] of Object.entries({ always: ALWAYS, "opt-in": OPT_IN })) {
  test(`a remembered device takes the place of the second factor (${kind})`, async (t) => {
    const pool = await newPool(t, devices);
    await pool.askForSoftwareTokens();
    use(pool);

    const { nextStep } = await signIn(CREDENTIALS);
    assert.equal(nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_TOTP_SETUP");
    const { sharedSecret: secret } = nextStep.totpSetupDetails;
    assert.deepEqual(await confirmSignIn({ challengeResponse: code(secret) }), SIGNED_IN);
    const key = await deviceKey();
    if (devices === OPT_IN) {
      await signOut();
      assert.equal((await signIn(CREDENTIALS)).nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
      assert.deepEqual(await confirmSignIn({ challengeResponse: code(secret, 1) }), SIGNED_IN);
      assert.equal(await pool.deviceIs(key), "not_remembered");
      await rememberDevice();
    }
    await signOut();

    assert.equal(await signInOnDevice(), key);
    assert.equal((await refreshed()).accessToken.payload.device_key, key);
    await forgetDevice();
    await signOut();
    assert.equal((await signIn(CREDENTIALS)).nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
    assert.deepEqual(await refusal(confirmSignIn({ challengeResponse: wrongCode(secret) })), CODE_MISMATCH);
    if (devices === ALWAYS) {
      assert.deepEqual(await confirmSignIn({ challengeResponse: code(secret, 1) }), SIGNED_IN);
      assert.notEqual(await deviceKey(), key);
    }
  });
}

test("a device that an administrator has forgotten is given up for a new one in the same sign-in", async (t) => {
  const pool = await newPool(t, ALWAYS);
  const storage = use(pool);
  const first = await signInOnDevice();
  await pool.forget(first);
  assert.equal(await refreshed(), undefined);
  const second = await signInOnDevice();
  assert.notEqual(second, first);
  assert.equal(storage.find("deviceKey"), second);
  assert.deepEqual(await pool.deviceKeys(), [second]);
});

test("a refresh is refused on another device", async (t) => {
  const pool = await newPool(t, ALWAYS);
  const storage = use(pool);
  await signInOnDevice();
  const [name] = [...storage.items.keys()].filter((name) => name.endsWith(".deviceKey"));
  storage.setItem(name, NO_DEVICE);
  assert.equal(await refreshed(), undefined);
  assert.deepEqual((await refusal(getCurrentUser()))[0], "UserUnAuthenticatedException");
});

test("a user signs in by password", async (t) => {
  const pool = await newPool(t, ALWAYS);
  use(pool);
  const options = { authFlowType: "USER_PASSWORD_AUTH" };
  assert.deepEqual(await signIn({ ...CREDENTIALS, options }), SIGNED_IN);
  assert.equal(await pool.deviceIs(await deviceKey()), "remembered");
  assert.equal((await fetchUserAttributes()).email, "diego@example.com");
});

describe("a sign-in is refused for", () => {
  test("a wrong password", async (t) => {
    use(await newPool(t));
    assert.deepEqual(await refusal(signIn({ ...CREDENTIALS, password: WRONG_PASSWORD })), INCORRECT);
  });

  test("an unknown user, whom a client may hide", async (t) => {
    const server = await Poolhouse.start(t);
    const nobody = { ...CREDENTIALS, username: "nobody" };
    use(await UserPool.create(server));
    assert.deepEqual(await refusal(signIn(nobody)), NO_SUCH_USER);
    use(await UserPool.create(server, undefined, { PreventUserExistenceErrors: "ENABLED" }));
    assert.deepEqual(await refusal(signIn(nobody)), INCORRECT);
  });

  test("too many wrong passwords", async (t) => {
    use(await newPool(t));
    await isLockedOut(() => signIn({ ...CREDENTIALS, password: WRONG_PASSWORD }));
  });
});

test("a temporary password is changed at the first sign-in, and the device is confirmed", async (t) => {
  const pool = await newPool(t, ALWAYS);
  use(pool);
  await pool.setPassword(WRONG_PASSWORD, false);
  assert.deepEqual(await signIn({ ...CREDENTIALS, password: WRONG_PASSWORD }), {
    isSignedIn: false,
    nextStep: { signInStep: "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED", missingAttributes: [] },
  });
  assert.deepEqual(await confirmSignIn({ challengeResponse: NEW_PASSWORD }), SIGNED_IN);
  assert.equal(await pool.deviceIs(await deviceKey()), "remembered");
});

describe("signing out", () => {
  test("globally ends the tokens of other browsers too", async (t) => {
    const pool = await newPool(t, ALWAYS);
    const there = use(pool);
    const key = await signInOnDevice();
    use(pool);
    await signInOnDevice();
    await signOut({ global: true });
    assert.deepEqual((await refusal(getCurrentUser()))[0], "UserUnAuthenticatedException");

    cognitoUserPoolsTokenProvider.setKeyValueStorage(there);
    assert.deepEqual(await refusal(fetchUserAttributes()), ACCESS_TOKEN_REVOKED);
    assert.equal(await refreshed(), undefined);
    assert.equal(await pool.deviceIs(key), "remembered");
  });

  test("here ends the tokens of this sign-in alone", async (t) => {
    const pool = await newPool(t);
    const there = use(pool);
    await signIn(CREDENTIALS);
    const here = use(pool);
    await signIn(CREDENTIALS);
    const kept = new Map(here.items);
    await signOut();
    here.items = kept;
    assert.deepEqual(await refusal(fetchUserAttributes()), ACCESS_TOKEN_REVOKED);
    cognitoUserPoolsTokenProvider.setKeyValueStorage(there);
    assert.equal((await fetchUserAttributes()).email, "diego@example.com");
  });
});
