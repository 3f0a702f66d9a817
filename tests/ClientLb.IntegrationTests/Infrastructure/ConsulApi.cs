using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>What the tests do to Consul.</summary>
internal sealed class ConsulApi(Uri uri, string? token = null, HttpMessageHandler? handler = null) : IDisposable
{
    private readonly HttpClient _client = Create(uri, token, handler);

    public Uri Uri => uri;

    public async Task<string?> LeaderAsync() => await _client.GetFromJsonAsync<string>("v1/status/leader");

    public async Task<JsonArray> InstancesAsync(string service)
    {
        return (await _client.GetFromJsonAsync<JsonArray>($"v1/health/service/{Uri.EscapeDataString(service)}"))!;
    }

    /// <summary>The authorities of the instances that pass all their checks.</summary>
    public async Task<string[]> PassingAsync(string service)
    {
        var entries = (await _client.GetFromJsonAsync<JsonArray>($"v1/health/service/{Uri.EscapeDataString(service)}?passing=1"))!;
        return [.. entries.Select(static e => $"{e!["Service"]!["Address"]}:{e["Service"]!["Port"]}")];
    }

    /// <summary>Registers an instance with its agent.</summary>
    public Task RegisterAsync(
        string service, string id, string address, int port, int passing = 1, int warning = 1, string[]? tags = null, string? checkStatus = null,
        Dictionary<string, string>? meta = null) =>
        PutAsync("v1/agent/service/register", new JsonObject
        {
            ["ID"] = id,
            ["Name"] = service,
            ["Address"] = address,
            ["Port"] = port,
            ["Tags"] = new JsonArray([.. (tags ?? []).Select(static t => JsonValue.Create(t))]),
            ["Meta"] = new JsonObject([.. (meta ?? []).Select(static m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value))]),
            ["Weights"] = new JsonObject { ["Passing"] = passing, ["Warning"] = warning },
            ["Check"] = checkStatus is null ? null : new JsonObject { ["CheckID"] = "check-" + id, ["TTL"] = "10m", ["Status"] = checkStatus },
        });

    public Task DeregisterAsync(string id) => PutAsync($"v1/agent/service/deregister/{Uri.EscapeDataString(id)}");

    /// <summary>Sets a check that was registered with its instance: pass, warn or fail.</summary>
    public Task SetCheckAsync(string id, string verdict) => PutAsync($"v1/agent/check/{verdict}/check-{id}");

    public Task SetServiceMaintenanceAsync(string id, bool on) => PutAsync($"v1/agent/service/maintenance/{id}?enable={(on ? "true" : "false")}&reason=test");

    public Task SetNodeMaintenanceAsync(bool on) => PutAsync($"v1/agent/maintenance?enable={(on ? "true" : "false")}&reason=test");

    /// <summary>Writes an instance on any node into the catalog, as an agent there would.</summary>
    public Task RegisterOnNodeAsync(string node, string nodeAddress, string service, string id, int port, string address = "") =>
        PutAsync("v1/catalog/register", new JsonObject
        {
            ["Node"] = node,
            ["Address"] = nodeAddress,
            ["Service"] = new JsonObject { ["ID"] = id, ["Service"] = service, ["Address"] = address, ["Port"] = port },
        });

    /// <summary>Writes many instances at once, all on one node.</summary>
    public async Task RegisterManyAsync(string node, string service, int count)
    {
        await RegisterOnNodeAsync(node, "10.9.0.1", service, service + "-0", 1000);
        foreach (var chunk in Enumerable.Range(1, count - 1).Chunk(64))
        {
            var operations = chunk.Select(i => (JsonNode)new JsonObject
            {
                ["Service"] = new JsonObject
                {
                    ["Verb"] = "set",
                    ["Node"] = node,
                    ["Service"] = new JsonObject { ["ID"] = $"{service}-{i}", ["Service"] = service, ["Port"] = 1000 + i },
                },
            });
            await PutAsync("v1/txn", new JsonArray([.. operations]));
        }
    }

    public async Task<string> BootstrapAclAsync()
    {
        string? secret = null;
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var response = await _client.PutAsync("v1/acl/bootstrap", null);
                secret = response.IsSuccessStatusCode ? (string?)(await response.Content.ReadFromJsonAsync<JsonObject>())!["SecretID"] : null;
                return secret is not null;
            },
            TimeSpan.FromSeconds(10), "the ACL system is bootstrapped");
        return secret!;
    }

    /// <summary>Makes a policy and a token with it.</summary>
    public async Task<(string Accessor, string Secret)> CreateTokenAsync(string name, string rules)
    {
        await PutAsync("v1/acl/policy", new JsonObject { ["Name"] = name, ["Rules"] = rules });
        var token = await PutAsync("v1/acl/token", new JsonObject { ["Policies"] = new JsonArray(new JsonObject { ["Name"] = name }) });
        return ((string)token!["AccessorID"]!, (string)token["SecretID"]!);
    }

    public async Task DeleteTokenAsync(string accessor)
    {
        using var response = await _client.DeleteAsync($"v1/acl/token/{accessor}");
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Makes a prepared query of a service.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> CreateQueryAsync(string name, string service)
    {
        using var response = await _client.PostAsJsonAsync(
            "v1/query", new JsonObject { ["Name"] = name, ["Service"] = new JsonObject { ["Service"] = service } });
        response.EnsureSuccessStatusCode();
        return (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["ID"]!;
    }

    public async Task DeleteQueryAsync(string id)
    {
        using var response = await _client.DeleteAsync($"v1/query/{id}");
        response.EnsureSuccessStatusCode();
    }

    public async Task<JsonNode?> PutAsync(string path, JsonNode? body = null)
    {
        using var content = body is null ? null : JsonContent.Create(body);
        using var response = await _client.PutAsync(path, content);
        var text = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{path}: {(int)response.StatusCode} {text}");
        }

        return text.Length > 0 && text[0] is '{' or '[' ? JsonNode.Parse(text) : null;
    }

    public void Dispose() => _client.Dispose();

    private static HttpClient Create(Uri uri, string? token, HttpMessageHandler? handler)
    {
        var client = handler is null ? new HttpClient() : new HttpClient(handler);
        client.BaseAddress = uri;
        client.Timeout = TimeSpan.FromSeconds(3);
        if (token is not null)
        {
            client.DefaultRequestHeaders.Add("X-Consul-Token", token);
        }

        return client;
    }
}
