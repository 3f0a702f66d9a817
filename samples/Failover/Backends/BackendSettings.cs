using System.Globalization;
using System.Net;

namespace ClientLb.Samples.Failover.Backends;

/// <summary>What a backend process is told by the one that starts it.</summary>
/// <param name="Id">Its name in the registry.</param>
/// <param name="Address">The address that it listens on.</param>
/// <param name="Port">The port; 0 for one that the system chooses.</param>
/// <param name="Seed">Decides the jitter of its work.</param>
/// <param name="Consul">The agent that it registers with; <see langword="null"/> where the parent is the registry.</param>
/// <param name="Advertised">The address that it registers, where another than its own leads to it.</param>
internal sealed record BackendSettings(string Id, IPAddress Address, int Port, int Seed, Uri? Consul, IPEndPoint? Advertised)
{
    /// <summary>The hidden verb that makes this executable a backend.</summary>
    public const string Verb = "backend";

    public string[] ToArguments() =>
        [Verb, Id, new IPEndPoint(Address, Port).ToString(), Seed.ToString(CultureInfo.InvariantCulture), Consul?.ToString() ?? "-", Advertised?.ToString() ?? "-"];

    public static BackendSettings FromArguments(string[] args) => new(
        args[1],
        IPEndPoint.Parse(args[2]).Address,
        IPEndPoint.Parse(args[2]).Port,
        int.Parse(args[3], CultureInfo.InvariantCulture),
        args[4] == "-" ? null : new Uri(args[4]),
        args[5] == "-" ? null : IPEndPoint.Parse(args[5]));
}
