// Signing in with amazon-cognito-identity-js, which is pointed at the server by the option `endpoint`.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";

import { NO_DEVICE, Poolhouse } from "./poolhouse.js";
import {
  ACCESS_TOKEN_REVOKED,
  ALWAYS,
  attributesOf,
  claims,
  code,
  CODE_MISMATCH,
  INCORRECT,
  INVALID_REFRESH_TOKEN,
  isLockedOut,
  NEW_PASSWORD,
  NO_SUCH_DEVICE,
  NO_SUCH_USER,
  OPT_IN,
  PASSWORD,
  refusal,
  REFRESH_TOKEN_REVOKED,
  Storage,
  USER,
  UserPool,
  WRONG_PASSWORD,
  wrongCode,
} from "./user-pool.js";

/** The user in a browser of its own, or again in one where the user has been before. */
function userOf(pool, storage = new Storage(), username = USER) {
  const of = new CognitoUserPool({
    UserPoolId: pool.id,
    ClientId: pool.clientId,
    endpoint: pool.server.url,
    Storage: storage,
  });
  return new CognitoUser({ Username: username, Pool: of, Storage: storage });
}

/** Where a sign-in leads to: the callback that the library chooses, and what it tells. */
function outcome(call) {
  return new Promise((resolve, reject) => {
    const on = (callback) => (...told) => resolve({ callback, told });
    call({
      onFailure: reject,
      onSuccess: (session, userConfirmationNecessary = false) => resolve({ session, userConfirmationNecessary }),
      newPasswordRequired: on("newPasswordRequired"),
      mfaSetup: on("mfaSetup"),
      totpRequired: on("totpRequired"),
    });
  });
}

function signIn(user, password = PASSWORD) {
  const details = new AuthenticationDetails({ Username: user.getUsername(), Password: password });
  return outcome((callbacks) => user.authenticateUser(details, callbacks));
}

/** What a method with `onSuccess` and `onFailure` tells. */
function told(user, method, ...parameters) {
  return new Promise((onSuccess, onFailure) => {
    user[method](...parameters, { onSuccess, onFailure });
  });
}

/** What a method with a callback of Node's kind tells. */
function result(user, method, ...parameters) {
  return new Promise((resolve, reject) => {
    user[method](...parameters, (error, value) => (error ? reject(error) : resolve(value)));
  });
}

async function refresh(user, session) {
  return result(user, "refreshSession", session.getRefreshToken());
}

const keyOf = (session) => session.getAccessToken().decodePayload().device_key;

for (const [kind, devices] of Object.entries({ always: ALWAYS, "opt-in": OPT_IN })) {
  test(`a device is confirmed, remembered, proved and forgotten (${kind})`, async (t) => {
    const pool = await UserPool.create(await Poolhouse.start(t), devices);
    const asks = devices === OPT_IN;
    const storage = new Storage();

    const user = userOf(pool, storage);
    const first = await signIn(user);
    const key = keyOf(first.session);
    assert.equal(storage.find("deviceKey"), key);
    assert.equal(first.userConfirmationNecessary, asks);
    assert.equal(await pool.deviceIs(key), asks ? "not_remembered" : "remembered");
    if (asks) {
      assert.deepEqual((await told(user, "listDevices", 60, null)).Devices, []);
      assert.deepEqual(await refusal(told(user, "getDevice")), NO_SUCH_DEVICE);
    } else {
      await told(user, "setDeviceStatusNotRemembered");
      assert.equal(await pool.deviceIs(key), "not_remembered");
    }
    assert.equal(await told(user, "setDeviceStatusRemembered"), "SUCCESS");
    const before = await pool.device(key);
    assert.equal(attributesOf(before)["dev:device_remembered_status"], "remembered");
    // The library names a device after its browser, where there is one: Node.js has a `navigator` since version 21.
    assert.equal(attributesOf(before).device_name, globalThis.navigator?.userAgent ?? "nodejs");

    const again = userOf(pool, storage);
    const second = await signIn(again);
    assert.equal(keyOf(second.session), key);
    assert.deepEqual(await pool.deviceKeys(), [key]);
    // Only a sign-in that has proved the device moves its dates.
    const after = await pool.device(key);
    assert.ok(after.DeviceLastModifiedDate > before.DeviceLastModifiedDate);

    const refreshed = await refresh(again, second.session);
    assert.equal(keyOf(refreshed), key);
    assert.notEqual(refreshed.getAccessToken().getJwtToken(), second.session.getAccessToken().getJwtToken());

    const { Devices: listed } = await told(again, "listDevices", 60, null);
    assert.deepEqual(Object.keys(attributesOf(listed[0])), ["device_status", "device_name", "last_ip_used"]);
    assert.deepEqual(await told(again, "getDevice"), { Device: listed[0] });

    assert.equal(await told(again, "forgetDevice"), "SUCCESS");
    assert.equal(storage.find("deviceKey"), undefined);
    assert.equal(await pool.deviceIs(key), "unknown");
    assert.deepEqual(await refusal(told(again, "forgetSpecificDevice", key)), NO_SUCH_DEVICE);
    assert.deepEqual((await told(again, "listDevices", 60, null)).Devices, []);

    const third = await signIn(userOf(pool, storage));
    assert.notEqual(keyOf(third.session), key);
  });
}

test("a remembered device takes the place of the second factor", async (t) => {
  const pool = await UserPool.create(await Poolhouse.start(t), OPT_IN);
  await pool.askForSoftwareTokens();
  const storage = new Storage();

  const user = userOf(pool, storage);
  assert.equal((await signIn(user)).callback, "mfaSetup");
  const secret = await new Promise((associateSecretCode, onFailure) => {
    user.associateSoftwareToken({ associateSecretCode, onFailure });
  });
  const session = await told(user, "verifySoftwareToken", code(secret), "Diego's authenticator");
  // Here the library confirms no device.
  assert.equal(await pool.deviceIs(keyOf(session)), "unknown");
  assert.equal(storage.find("deviceKey"), undefined);

  const again = userOf(pool, storage);
  assert.equal((await signIn(again)).callback, "totpRequired");
  const give = (shown) => outcome((callbacks) => again.sendMFACode(shown, callbacks, "SOFTWARE_TOKEN_MFA"));
  assert.deepEqual(await refusal(give(wrongCode(secret))), CODE_MISMATCH);
  const given = await give(code(secret, 1));
  assert.ok(given.userConfirmationNecessary);

  // The device is confirmed, and its user not asked yet.
  assert.equal((await signIn(userOf(pool, storage))).callback, "totpRequired");
  await told(again, "setDeviceStatusRemembered");
  const remembered = userOf(pool, storage);
  const { session: last } = await signIn(remembered);
  assert.equal(keyOf(last), keyOf(given.session));
  assert.equal(keyOf(await refresh(remembered, last)), keyOf(last));

  await told(remembered, "forgetDevice");
  assert.equal((await signIn(userOf(pool, storage))).callback, "totpRequired");
});

describe("a device that an administrator has forgotten", () => {
  test("is given up for a new one in the same sign-in by SRP", async (t) => {
    const pool = await UserPool.create(await Poolhouse.start(t), ALWAYS);
    const storage = new Storage();
    const first = keyOf((await signIn(userOf(pool, storage))).session);
    await pool.forget(first);
    const second = keyOf((await signIn(userOf(pool, storage))).session);
    assert.notEqual(second, first);
    assert.equal(storage.find("deviceKey"), second);
    assert.deepEqual(await pool.deviceKeys(), [second]);
  });

  test("fails a sign-in by password", async (t) => {
    const pool = await UserPool.create(await Poolhouse.start(t), ALWAYS);
    const user = userOf(pool);
    user.setAuthenticationFlowType("USER_PASSWORD_AUTH");
    const first = keyOf((await signIn(user)).session);
    assert.equal(keyOf((await signIn(user)).session), first);
    await pool.forget(first);
    assert.deepEqual(await refusal(signIn(user)), NO_SUCH_DEVICE);
  });
});

test("a device with another password is refused", async (t) => {
  const pool = await UserPool.create(await Poolhouse.start(t), ALWAYS);
  const storage = new Storage();
  await signIn(userOf(pool, storage));
  const [password] = [...storage.items.keys()].filter((key) => key.endsWith(".randomPasswordKey"));
  storage.setItem(password, "guessed");
  assert.deepEqual(await refusal(signIn(userOf(pool, storage))), INCORRECT);
});

describe("a sign-in is refused for", () => {
  test("a wrong password", async (t) => {
    const pool = await UserPool.create(await Poolhouse.start(t));
    assert.deepEqual(await refusal(signIn(userOf(pool), WRONG_PASSWORD)), INCORRECT);
  });

  test("an unknown user, whom a client may hide", async (t) => {
    const server = await Poolhouse.start(t);
    const told = await UserPool.create(server);
    assert.deepEqual(await refusal(signIn(userOf(told, new Storage(), "nobody"))), NO_SUCH_USER);
    const hidden = await UserPool.create(server, undefined, { PreventUserExistenceErrors: "ENABLED" });
    assert.deepEqual(await refusal(signIn(userOf(hidden, new Storage(), "nobody"))), INCORRECT);
  });

  test("too many wrong passwords", async (t) => {
    const pool = await UserPool.create(await Poolhouse.start(t));
    await isLockedOut(() => signIn(userOf(pool), WRONG_PASSWORD));
  });
});

test("a temporary password is changed at the first sign-in, and the device is confirmed", async (t) => {
  const pool = await UserPool.create(await Poolhouse.start(t), ALWAYS);
  await pool.setPassword(WRONG_PASSWORD, false);
  const user = userOf(pool);
  const { callback, told: asked } = await signIn(user, WRONG_PASSWORD);
  assert.equal(callback, "newPasswordRequired");
  const [attributes, required] = asked;
  assert.equal(attributes.email, "diego@example.com");
  assert.deepEqual(required, []);
  const { session } = await outcome((callbacks) => user.completeNewPasswordChallenge(NEW_PASSWORD, {}, callbacks));
  assert.equal(await pool.deviceIs(keyOf(session)), "remembered");
  await signIn(userOf(pool), NEW_PASSWORD);
});

// The library tries a refresh again and again for some seconds whatever the refusal, so the two wait together.
test("a refresh is refused on another device, and on none", async (t) => {
  const pool = await UserPool.create(await Poolhouse.start(t), ALWAYS);
  const refusals = [NO_DEVICE, undefined].map(async (key) => {
    const storage = new Storage();
    const user = userOf(pool, storage);
    const { session } = await signIn(user);
    const [name] = [...storage.items.keys()].filter((name) => name.endsWith(".deviceKey"));
    if (key) storage.setItem(name, key);
    else storage.removeItem(name);
    return refusal(refresh(user, session));
  });
  assert.deepEqual(await Promise.all(refusals), [INVALID_REFRESH_TOKEN, INVALID_REFRESH_TOKEN]);
});

describe("signing out", () => {
  test("globally ends every token, and no device", async (t) => {
    const pool = await UserPool.create(await Poolhouse.start(t), ALWAYS);
    const [here, there] = [userOf(pool), userOf(pool)];
    await signIn(here);
    const { session } = await signIn(there);
    assert.equal(await told(here, "globalSignOut"), "SUCCESS");
    assert.deepEqual(await refusal(result(there, "getUserAttributes")), ACCESS_TOKEN_REVOKED);
    assert.equal(await pool.deviceIs(keyOf(session)), "remembered");
    assert.equal(keyOf((await signIn(there)).session), keyOf(session));
  });

  test("revokes the refresh token and the tokens from it", async (t) => {
    const pool = await UserPool.create(await Poolhouse.start(t));
    const user = userOf(pool);
    const { session } = await signIn(user);
    assert.ok(claims(session.getAccessToken().getJwtToken()).origin_jti);
    await result(user, "signOut");
    user.setSignInUserSession(session);
    assert.deepEqual(await refusal(result(user, "getUserAttributes")), ACCESS_TOKEN_REVOKED);
    assert.deepEqual(await refusal(refresh(user, session)), REFRESH_TOKEN_REVOKED);
  });
});
