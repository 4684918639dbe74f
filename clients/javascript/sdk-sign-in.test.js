// Signing in with the AWS SDK for JavaScript, which leaves SRP to others: to cognito-srp-helper here.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  AssociateSoftwareTokenCommand,
  ConfirmDeviceCommand,
  ForgetDeviceCommand,
  GetDeviceCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  ListDevicesCommand,
  RespondToAuthChallengeCommand,
  RevokeTokenCommand,
  UpdateDeviceStatusCommand,
  VerifySoftwareTokenCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  createDeviceVerifier,
  createSecretHash,
  createSrpSession,
  signSrpSession,
  signSrpSessionWithDevice,
  wrapAuthChallenge,
  wrapInitiateAuth,
} from "cognito-srp-helper";

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
  USER,
  UserPool,
  WRONG_PASSWORD,
  wrongCode,
} from "./user-pool.js";

/** An app of the pool's client. It has no credentials of AWS. */
class App {
  static async of(t, devices, client) {
    return new App(await UserPool.create(await Poolhouse.start(t), devices, client));
  }

  constructor(pool) {
    this.pool = pool;
    const credentials = () => assert.fail("an app has no credentials");
    this.client = pool.server.client({ credentials });
  }

  async initiate(flow, parameters, wrap = (request) => request) {
    const { clientId: ClientId } = this.pool;
    const request = { ClientId, AuthFlow: flow, AuthParameters: this.hashed(parameters) };
    return this.client.send(new InitiateAuthCommand(wrap(request)));
  }

  async respond(challenge, responses, { session, wrap = (request) => request } = {}) {
    const request = {
      ClientId: this.pool.clientId,
      ChallengeName: challenge,
      ChallengeResponses: this.hashed(responses),
      Session: session,
    };
    return this.client.send(new RespondToAuthChallengeCommand(wrap(request)));
  }

  hashed(parameters) {
    const { clientId, clientSecret } = this.pool;
    if (!clientSecret) return parameters;
    return { ...parameters, SECRET_HASH: createSecretHash(USER, clientId, clientSecret) };
  }

  /** What follows the password, proved by SRP; and the session, which also serves to prove the device. */
  async provePassword({ password = PASSWORD, username = USER, key } = {}) {
    const device = key ? { DEVICE_KEY: key } : {};
    const srp = createSrpSession(username, password, this.pool.id, false);
    const begun = await this.initiate("USER_SRP_AUTH", { USERNAME: username, ...device }, (request) =>
      wrapInitiateAuth(srp, request),
    );
    assert.equal(begun.ChallengeName, "PASSWORD_VERIFIER");
    const signed = signSrpSession(srp, begun);
    const asked = await this.respond(
      "PASSWORD_VERIFIER",
      { USERNAME: begun.ChallengeParameters.USERNAME, ...device },
      { wrap: (request) => wrapAuthChallenge(signed, request) },
    );
    return { asked, srp: signed };
  }

  /** What follows the device. */
  async proveDevice({ key, groupKey, password }, { asked, srp }) {
    assert.equal(asked.ChallengeName, "DEVICE_SRP_AUTH");
    const who = { USERNAME: USER, DEVICE_KEY: key };
    const begun = await this.respond("DEVICE_SRP_AUTH", who, {
      session: asked.Session,
      wrap: (request) => wrapAuthChallenge(srp, request),
    });
    assert.equal(begun.ChallengeName, "DEVICE_PASSWORD_VERIFIER");
    const signed = signSrpSessionWithDevice(srp, begun, groupKey, password);
    return this.respond("DEVICE_PASSWORD_VERIFIER", who, {
      session: begun.Session,
      wrap: (request) => wrapAuthChallenge(signed, request),
    });
  }

  /** The tokens of the user, on a device that is remembered, if any. */
  async signIn(device) {
    const proved = await this.provePassword({ key: device?.key });
    const { AuthenticationResult: tokens } = device ? await this.proveDevice(device, proved) : proved.asked;
    return tokens;
  }

  /** The device that was issued with the tokens. */
  async confirm({ AccessToken, NewDeviceMetadata }) {
    const { DeviceKey, DeviceGroupKey } = NewDeviceMetadata;
    const { DeviceRandomPassword, DeviceSecretVerifierConfig } = createDeviceVerifier(DeviceKey, DeviceGroupKey);
    const confirmation = { AccessToken, DeviceKey, DeviceSecretVerifierConfig, DeviceName: "Diego's tablet" };
    const { UserConfirmationNecessary: asks } = await this.client.send(new ConfirmDeviceCommand(confirmation));
    return { key: DeviceKey, groupKey: DeviceGroupKey, password: DeviceRandomPassword, asks };
  }

  async refresh({ RefreshToken }, key) {
    const parameters = { REFRESH_TOKEN: RefreshToken, ...(key && { DEVICE_KEY: key }) };
    const { AuthenticationResult: tokens } = await this.initiate("REFRESH_TOKEN_AUTH", parameters);
    return tokens;
  }

  async devices({ AccessToken }) {
    return (await this.client.send(new ListDevicesCommand({ AccessToken }))).Devices;
  }
}

for (const [kind, devices] of Object.entries({ always: ALWAYS, "opt-in": OPT_IN })) {
  test(`a device is confirmed, remembered, proved and forgotten (${kind})`, async (t) => {
    const app = await App.of(t, devices);
    const { pool, client } = app;
    const asks = devices === OPT_IN;

    const first = await app.signIn();
    const device = await app.confirm(first);
    const { key } = device;
    assert.equal(device.asks, asks);
    assert.equal(await pool.deviceIs(key), asks ? "not_remembered" : "remembered");
    const status = { AccessToken: first.AccessToken, DeviceKey: key, DeviceRememberedStatus: "remembered" };
    await client.send(new UpdateDeviceStatusCommand(status));
    const before = await pool.device(key);
    assert.equal(attributesOf(before)["dev:device_remembered_status"], "remembered");
    assert.equal(attributesOf(before).device_name, "Diego's tablet");

    const second = await app.signIn(device);
    assert.equal(second.NewDeviceMetadata, undefined);
    assert.equal(claims(second.AccessToken).device_key, key);
    const after = await pool.device(key);
    assert.ok(after.DeviceLastModifiedDate > before.DeviceLastModifiedDate);

    const refreshed = await app.refresh(second, key);
    assert.equal(claims(refreshed.AccessToken).device_key, key);
    assert.deepEqual(await refusal(app.refresh(second)), INVALID_REFRESH_TOKEN);
    assert.deepEqual(await refusal(app.refresh(second, NO_DEVICE)), INVALID_REFRESH_TOKEN);

    const { AccessToken } = refreshed;
    const [listed] = await app.devices(refreshed);
    assert.deepEqual((await client.send(new GetDeviceCommand({ AccessToken, DeviceKey: key }))).Device, listed);
    await client.send(new ForgetDeviceCommand({ AccessToken, DeviceKey: key }));
    assert.deepEqual(await app.devices(refreshed), []);
    assert.equal(await pool.deviceIs(key), "unknown");

    assert.deepEqual(await refusal(app.refresh(second, key)), INVALID_REFRESH_TOKEN);
    assert.deepEqual(await refusal(app.signIn(device)), NO_SUCH_DEVICE);
    assert.notEqual((await app.signIn()).NewDeviceMetadata.DeviceKey, key);
  });
}

test("a remembered device takes the place of the second factor", async (t) => {
  const app = await App.of(t, ALWAYS);
  await app.pool.askForSoftwareTokens();
  const { asked } = await app.provePassword();
  assert.equal(asked.ChallengeName, "MFA_SETUP");
  const begun = await app.client.send(new AssociateSoftwareTokenCommand({ Session: asked.Session }));
  const secret = begun.SecretCode;
  const shown = { Session: begun.Session, UserCode: code(secret) };
  const verified = await app.client.send(new VerifySoftwareTokenCommand(shown));
  assert.equal(verified.Status, "SUCCESS");
  const done = await app.respond("MFA_SETUP", { USERNAME: USER }, { session: verified.Session });
  const device = await app.confirm(done.AuthenticationResult);

  const tokens = await app.signIn(device);
  assert.equal(claims((await app.refresh(tokens, device.key)).AccessToken).device_key, device.key);

  await app.pool.forget(device.key);
  const { asked: anew } = await app.provePassword();
  assert.equal(anew.ChallengeName, "SOFTWARE_TOKEN_MFA");
  const give = (shown) => {
    const responses = { USERNAME: USER, SOFTWARE_TOKEN_MFA_CODE: shown };
    return app.respond("SOFTWARE_TOKEN_MFA", responses, { session: anew.Session });
  };
  assert.deepEqual(await refusal(give(wrongCode(secret))), CODE_MISMATCH);
  const { AuthenticationResult: again } = await give(code(secret, 1));
  assert.notEqual(again.NewDeviceMetadata.DeviceKey, device.key);
});

test("a device that an administrator has forgotten does not exist at the next sign-in", async (t) => {
  const app = await App.of(t, ALWAYS);
  const device = await app.confirm(await app.signIn());
  await app.pool.forget(device.key);
  assert.deepEqual(await refusal(app.signIn(device)), NO_SUCH_DEVICE);
});

test("a device with another password is refused", async (t) => {
  const app = await App.of(t, ALWAYS);
  const device = await app.confirm(await app.signIn());
  assert.deepEqual(await refusal(app.signIn({ ...device, password: "guessed" })), INCORRECT);
});

test("a client with a secret hashes it in every step", async (t) => {
  const app = await App.of(t, ALWAYS, { GenerateSecret: true });
  const device = await app.confirm(await app.signIn());
  const tokens = await app.signIn(device);
  assert.equal(claims((await app.refresh(tokens, device.key)).AccessToken).device_key, device.key);
  const { clientId } = app.pool;
  app.pool.clientSecret = undefined;
  assert.deepEqual(await refusal(app.signIn()), [
    "NotAuthorizedException",
    `Client ${clientId} is configured with secret but SECRET_HASH was not received`,
  ]);
  app.pool.clientSecret = "guessed";
  const wrong = `Unable to verify secret hash for client ${clientId}`;
  assert.deepEqual(await refusal(app.signIn()), ["NotAuthorizedException", wrong]);
});

describe("a sign-in is refused for", () => {
  test("a wrong password", async (t) => {
    const app = await App.of(t);
    assert.deepEqual(await refusal(app.provePassword({ password: WRONG_PASSWORD })), INCORRECT);
  });

  test("an unknown user, whom a client may hide", async (t) => {
    const told = await App.of(t);
    assert.deepEqual(await refusal(told.provePassword({ username: "nobody" })), NO_SUCH_USER);
    const hidden = await App.of(t, undefined, { PreventUserExistenceErrors: "ENABLED" });
    assert.deepEqual(await refusal(hidden.provePassword({ username: "nobody" })), INCORRECT);
  });

  test("too many wrong passwords", async (t) => {
    const app = await App.of(t);
    await isLockedOut(() => app.provePassword({ password: WRONG_PASSWORD }));
  });
});

test("a temporary password is changed at the first sign-in", async (t) => {
  const app = await App.of(t, ALWAYS);
  await app.pool.setPassword(WRONG_PASSWORD, false);
  const { asked } = await app.provePassword({ password: WRONG_PASSWORD });
  assert.equal(asked.ChallengeName, "NEW_PASSWORD_REQUIRED");
  const responses = { USERNAME: USER, NEW_PASSWORD };
  const done = await app.respond("NEW_PASSWORD_REQUIRED", responses, { session: asked.Session });
  await app.confirm(done.AuthenticationResult);
  const used = "Invalid session for the user, session can only be used once.";
  const again = app.respond("NEW_PASSWORD_REQUIRED", responses, { session: asked.Session });
  assert.deepEqual(await refusal(again), ["NotAuthorizedException", used]);
});

test("refresh tokens rotate, bound to the device, and are revoked", async (t) => {
  const rotation = { RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: 60 } };
  const app = await App.of(t, ALWAYS, { ...rotation, ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH"] });
  const { clientId: ClientId } = app.pool;
  const rotate = async (RefreshToken, DeviceKey) => {
    const command = new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken, DeviceKey });
    return (await app.client.send(command)).AuthenticationResult;
  };
  const tokens = await app.signIn();
  const { key } = await app.confirm(tokens);
  assert.deepEqual(await refusal(rotate(tokens.RefreshToken)), INVALID_REFRESH_TOKEN);
  const rotated = await rotate(tokens.RefreshToken, key);
  assert.notEqual(rotated.RefreshToken, tokens.RefreshToken);
  assert.equal(claims(rotated.AccessToken).device_key, key);
  await app.client.send(new RevokeTokenCommand({ ClientId, Token: rotated.RefreshToken }));
  assert.deepEqual(await refusal(rotate(rotated.RefreshToken, key)), REFRESH_TOKEN_REVOKED);
  const { AccessToken } = rotated;
  assert.deepEqual(await refusal(app.client.send(new GetUserCommand({ AccessToken }))), ACCESS_TOKEN_REVOKED);
});

test("a global sign-out ends every token, and no device", async (t) => {
  const app = await App.of(t, ALWAYS);
  const first = await app.signIn();
  const device = await app.confirm(first);
  const { AccessToken } = await app.signIn(device);
  await app.client.send(new GlobalSignOutCommand({ AccessToken }));
  assert.deepEqual(await refusal(app.client.send(new GetUserCommand({ AccessToken }))), ACCESS_TOKEN_REVOKED);
  assert.deepEqual(await refusal(app.refresh(first, device.key)), REFRESH_TOKEN_REVOKED);
  assert.equal(await app.pool.deviceIs(device.key), "remembered");
  assert.equal(claims((await app.signIn(device)).AccessToken).device_key, device.key);
});
