using System.Globalization;
using ClientLb.Endpoints;

namespace ClientLb.Consul.Registration;

/// <summary>What is registered: the options, with what they leave open filled in.</summary>
internal sealed class RegistrationEntry
{
    private RegistrationEntry(WireRegistration document, IReadOnlyList<string> heartbeats, TimeSpan? heartbeatInterval)
    {
        Document = document;
        Heartbeats = heartbeats;
        HeartbeatInterval = heartbeatInterval;
    }

    public WireRegistration Document { get; }

    public string Id => Document.Id;

    /// <summary>The ids of the checks that this process feeds.</summary>
    public IReadOnlyList<string> Heartbeats { get; }

    /// <summary>A third of the shortest time to live: two heartbeats may get lost.</summary>
    public TimeSpan? HeartbeatInterval { get; }

    /// <summary>Puts the entry together.</summary>
    /// <param name="options">The options.</param>
    /// <param name="name">The name where they have none.</param>
    /// <param name="machine">The name of the machine.</param>
    /// <param name="binding">Where the server listens, if it is known.</param>
    /// <param name="port">The port.</param>
    /// <param name="address">The address; empty for that of the agent's node.</param>
    /// <param name="status">How the instance is, in Consul's word.</param>
    public static RegistrationEntry Create(
        ConsulRegistrationOptions options, string name, string machine, ServerBinding? binding, int port, string address, string status)
    {
        name = options.Name ?? name;
        var id = options.Id ?? IdOf(name, machine, binding?.Host, port);
        var isTls = (options.Scheme ?? binding?.Scheme) == Uri.UriSchemeHttps;
        var meta = new Dictionary<string, string>(options.Metadata, StringComparer.Ordinal);
        if (isTls)
        {
            meta.TryAdd("scheme", Uri.UriSchemeHttps);
        }

        // Without an address of its own the entry is on the agent's machine, and so is the agent.
        var target = EndpointDescriptor.Authority(address.Length > 0 ? address : "127.0.0.1", port);
        IList<ConsulCheckOptions> checks = options.Checks.Count > 0 ? options.Checks : [new()];
        var wired = checks.Select((check, i) => Wire(check, CheckId(id, i), target, isTls, options.DeregisterCriticalAfter, status)).ToList();
        var heartbeats = wired.Where(static check => check.Ttl is not null).Select(static check => check.Id).ToList();
        return new(
            new()
            {
                Id = id,
                Name = name,
                Address = address,
                Port = port,
                Tags = options.Tags,
                Meta = meta,
                Weights = new() { Passing = options.PassingWeight, Warning = options.WarningWeight },
                Checks = wired,
            },
            heartbeats,
            heartbeats.Count > 0 ? checks.Where(static check => check.Type == ConsulCheckType.Ttl).Min(static check => check.Ttl) / 3 : null);
    }

    private static string IdOf(string name, string machine, string? host, int port)
    {
        // Two instances on one machine may have the same port on different addresses.
        var place = host is null ? "" : "-" + host.Replace(':', '-').Replace('%', '-');
        return FormattableString.Invariant($"{name}-{RegistrationNames.From(machine)}{place}-{port}").ToLowerInvariant();
    }

    private static string CheckId(string id, int number) => string.Create(CultureInfo.InvariantCulture, $"service:{id}:{number + 1}");

    private static WireRegistrationCheck Wire(
        ConsulCheckOptions check, string id, string target, bool isTls, TimeSpan deregisterAfter, string status)
    {
        var isTtl = check.Type == ConsulCheckType.Ttl;
        var path = check.Path?.TrimStart('/');
        return new()
        {
            Id = id,
            Name = check.Type switch
            {
                ConsulCheckType.Http => "HTTP",
                ConsulCheckType.Tcp => "TCP",
                ConsulCheckType.Grpc => "gRPC",
                _ => "Heartbeat",
            },
            Ttl = isTtl ? Text(check.Ttl) : null,
            Http = check.Type == ConsulCheckType.Http
                ? $"{(isTls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp)}://{target}/{path ?? ConsulCheckOptions.DefaultPath[1..]}"
                : null,
            Tcp = check.Type == ConsulCheckType.Tcp ? target : null,
            Grpc = check.Type == ConsulCheckType.Grpc ? path is null ? target : $"{target}/{path}" : null,
            GrpcUseTls = check.Type == ConsulCheckType.Grpc ? isTls : null,
            TlsSkipVerify = check.TlsSkipVerify ? true : null,
            Interval = isTtl ? null : Text(check.Interval),
            Timeout = isTtl ? null : Text(check.Timeout),
            Status = isTtl ? status : null,
            DeregisterAfter = Text(deregisterAfter),
        };
    }

    public static string StatusText(ConsulCheckStatus status) => status switch
    {
        ConsulCheckStatus.Passing => "passing",
        ConsulCheckStatus.Warning => "warning",
        _ => "critical",
    };

    private static string Text(TimeSpan time) => FormattableString.Invariant($"{(long)time.TotalMilliseconds}ms");
}
