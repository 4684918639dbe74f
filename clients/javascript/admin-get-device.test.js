// AdminGetDevice with the AWS SDK for JavaScript.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  AdminForgetDeviceCommand,
  AdminGetDeviceCommand,
  AdminListDevicesCommand,
  CognitoIdentityProviderServiceException,
  InternalErrorException,
  InvalidParameterException,
  InvalidUserPoolConfigurationException,
  NotAuthorizedException,
  ResourceNotFoundException,
  TooManyRequestsException,
} from "@aws-sdk/client-cognito-identity-provider";

import {
  DEVICE_OF_ANOTHER_USER,
  DEVICE_WITHOUT_TRACKING,
  NAMELESS,
  NARROWED,
  NO_DEVICE,
  OF_ANOTHER_ACCOUNT,
  PHONE,
  POOL,
  POOL_WITHOUT_TRACKING,
  Poolhouse,
  UNCONFIRMED,
  USER,
  USER_ALSO_KNOWN_AS,
} from "./poolhouse.js";

const PHONE_ATTRIBUTES = [
  { Name: "device_status", Value: "valid" },
  { Name: "device_name", Value: "Diego's phone" },
  {
    Name: "dev:device_arn",
    Value: `arn:aws:cognito-idp:us-east-1:000000000000:owner/${USER}.${POOL}/device/${PHONE}`,
  },
  { Name: "dev:device_owner", Value: `${USER}.${POOL}` },
  { Name: "last_ip_used", Value: "192.0.2.1" },
  { Name: "dev:device_remembered_status", Value: "remembered" },
  { Name: "dev:device_sdk", Value: "aws-sdk" },
];

const NOT_FOUND = {
  "an unknown pool": [{ UserPoolId: "us-east-1_NoSuchOne" }, "User pool us-east-1_NoSuchOne does not exist."],
  "an unknown user": [{ Username: "nobody" }, "User does not exist."],
  "an unknown device": [{ DeviceKey: NO_DEVICE }, "Device does not exist."],
  "another user's device": [{ DeviceKey: DEVICE_OF_ANOTHER_USER }, "Device does not exist."],
  "a device that was never confirmed": [{ DeviceKey: UNCONFIRMED }, "Device does not exist."],
};

const SIGNATURES = {
  "unknown access key": [
    { credentials: { accessKeyId: "unknown", secretAccessKey: "test" } },
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
  ],
  "wrong secret": [
    { credentials: { accessKeyId: "test", secretAccessKey: "wrong" } },
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. " +
      "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  ],
  "wrong region": [
    { region: "eu-west-1" },
    "InvalidSignatureException",
    "Credential should be scoped to a valid region, not 'eu-west-1'. ",
  ],
};

function get(client, asked = {}) {
  return client.send(new AdminGetDeviceCommand({ UserPoolId: POOL, Username: USER, DeviceKey: PHONE, ...asked }));
}

/** What the call is refused with: an exception of exactly this type, message and status. */
async function refuses(call, type, message, { name = type.name, status = 400 } = {}) {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof type, `${error} is no ${type.name}`);
    assert.deepEqual([error.name, error.message, error.$metadata.httpStatusCode], [name, message, status]);
    return true;
  });
}

describe("AdminGetDevice shows", () => {
  test("a device with all attributes and dates", async (t) => {
    const server = await Poolhouse.start(t);
    const { Device: device } = await get(server.client());
    assert.deepEqual(device, {
      DeviceKey: PHONE,
      DeviceAttributes: PHONE_ATTRIBUTES,
      DeviceCreateDate: new Date("2024-05-07T16:52:22.022Z"),
      DeviceLastModifiedDate: new Date("2024-08-09T20:00:51.167Z"),
      // Cognito keeps this one in whole seconds; the seed says .731.
      DeviceLastAuthenticatedDate: new Date("2024-08-09T20:00:50.000Z"),
    });
  });

  test("a device without a name without that attribute", async (t) => {
    const server = await Poolhouse.start(t);
    const { Device: device } = await get(server.client(), { DeviceKey: NAMELESS });
    assert.deepEqual(
      device.DeviceAttributes.map(({ Name }) => Name),
      PHONE_ATTRIBUTES.map(({ Name }) => Name).filter((name) => name !== "device_name"),
    );
  });

  for (const [kind, name] of Object.entries(USER_ALSO_KNOWN_AS)) {
    test(`the device of a user found by ${kind}`, async (t) => {
      const server = await Poolhouse.start(t);
      const { Device: device } = await get(server.client(), { Username: name });
      assert.deepEqual(device.DeviceAttributes, PHONE_ATTRIBUTES);
    });
  }
});

describe("AdminGetDevice refuses", () => {
  for (const [what, [asked, message]] of Object.entries(NOT_FOUND)) {
    test(what, async (t) => {
      const server = await Poolhouse.start(t);
      await refuses(get(server.client(), asked), ResourceNotFoundException, message);
    });
  }

  test("a forgotten device", async (t) => {
    const client = (await Poolhouse.start(t)).client();
    await client.send(new AdminForgetDeviceCommand({ UserPoolId: POOL, Username: USER, DeviceKey: PHONE }));
    await refuses(get(client), ResourceNotFoundException, "Device does not exist.");
  });

  test("a key that is none, for its pattern", async (t) => {
    const server = await Poolhouse.start(t);
    await refuses(
      get(server.client(), { DeviceKey: "my phone" }),
      InvalidParameterException,
      "1 validation error detected: Value 'my phone' at 'deviceKey' failed to satisfy constraint: " +
        String.raw`Member must satisfy regular expression pattern: [\w-]+_[0-9a-f-]+`,
    );
  });

  test("a missing key", async (t) => {
    const server = await Poolhouse.start(t);
    await refuses(
      get(server.client(), { DeviceKey: undefined }),
      InvalidParameterException,
      "1 validation error detected: Value null at 'deviceKey' failed to satisfy constraint: Member must not be null",
    );
  });

  test("several violations at once, without telling sensitive values", async (t) => {
    const server = await Poolhouse.start(t);
    await refuses(
      get(server.client(), { DeviceKey: "", UserPoolId: "my pool", Username: "di ego" }),
      InvalidParameterException,
      "4 validation errors detected: " +
        "Value '' at 'deviceKey' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
        "Value '' at 'deviceKey' failed to satisfy constraint: " +
        String.raw`Member must satisfy regular expression pattern: [\w-]+_[0-9a-f-]+; ` +
        "Value 'my pool' at 'userPoolId' failed to satisfy constraint: " +
        String.raw`Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+; ` +
        "Value at 'username' failed to satisfy constraint: " +
        String.raw`Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+`,
    );
  });

  test("a pool without device tracking", async (t) => {
    const server = await Poolhouse.start(t);
    await refuses(
      get(server.client(), { UserPoolId: POOL_WITHOUT_TRACKING, DeviceKey: DEVICE_WITHOUT_TRACKING }),
      InvalidUserPoolConfigurationException,
      `Device tracking is not configured for user pool ${POOL_WITHOUT_TRACKING}.`,
    );
  });

  test("an access key of another account", async (t) => {
    const server = await Poolhouse.start(t);
    await refuses(
      get(server.client({ credentials: OF_ANOTHER_ACCOUNT })),
      NotAuthorizedException,
      `Not authorized to access user pool ${POOL}.`,
    );
  });

  test("an access key outside of what it is narrowed to", async (t) => {
    const server = await Poolhouse.start(t);
    const client = server.client({ credentials: NARROWED });
    assert.equal((await get(client)).Device.DeviceKey, PHONE);
    const denied = (operation, pool) =>
      `User: arn:aws:iam::000000000000:user/narrow is not authorized to perform: cognito-idp:${operation} ` +
      `on resource: arn:aws:cognito-idp:us-east-1:000000000000:userpool/${pool} ` +
      `because no identity-based policy allows the cognito-idp:${operation} action`;
    const name = "AccessDeniedException";
    await refuses(
      get(client, { UserPoolId: POOL_WITHOUT_TRACKING }),
      CognitoIdentityProviderServiceException,
      denied("AdminGetDevice", POOL_WITHOUT_TRACKING),
      { name },
    );
    await refuses(
      client.send(new AdminListDevicesCommand({ UserPoolId: POOL, Username: USER })),
      CognitoIdentityProviderServiceException,
      denied("AdminListDevices", POOL),
      { name },
    );
  });

  for (const [what, [options, name, message]] of Object.entries(SIGNATURES)) {
    test(`a signature for its ${what}`, async (t) => {
      const server = await Poolhouse.start(t);
      await refuses(get(server.client(options)), CognitoIdentityProviderServiceException, message, { name });
    });
  }

  test("more than 50 requests a second", async (t) => {
    const server = await Poolhouse.start(t);
    const impatient = server.client({ maxAttempts: 1 });
    const requests = Array.from({ length: 400 }, () => get(impatient));
    const outcomes = await Promise.allSettled(requests);
    const refused = outcomes.filter(({ status }) => status === "rejected");
    assert.ok(refused.length > 0, "400 requests went through");
    assert.ok(outcomes.length - refused.length >= 50);
    for (const { reason } of refused) {
      await refuses(Promise.reject(reason), TooManyRequestsException, "Rate exceeded");
    }
  });
});

test("the retries of the SDK get over too many requests", async (t) => {
  const server = await Poolhouse.start(t);
  const patient = server.client({ retryMode: "standard", maxAttempts: 10 });
  const answers = [];
  const worker = async () => {
    for (let i = 0; i < 50; i++) answers.push(await get(patient));
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  assert.equal(answers.length, 200);
  assert.ok(answers.every(({ Device: device }) => device.DeviceKey === PHONE));
  assert.ok(answers.some(({ $metadata: { attempts } }) => attempts > 1));
});

test("a damaged database is an internal error until it is repaired", async (t) => {
  const server = await Poolhouse.start(t);
  const client = server.client({ maxAttempts: 1 });
  server.damageDatabase();
  await refuses(get(client), InternalErrorException, "An internal error occurred.", { status: 500 });
  server.repairDatabase();
  assert.deepEqual((await get(client)).Device.DeviceAttributes, PHONE_ATTRIBUTES);
});
