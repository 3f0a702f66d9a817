using System.Globalization;
using ClientLb.Endpoints;
using ClientLb.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace ClientLb.Discovery;

/// <summary>
/// The lists that users of Microsoft.Extensions.ServiceDiscovery have: <c>Services:&lt;service&gt;:&lt;name or scheme&gt;:&lt;n&gt;</c>, each
/// <c>http(s)://host:port</c> or <c>host:port</c>, or one text in place of the list.
/// </summary>
/// <remarks>
/// <para>The service's name may be written <c>[scheme[+scheme…]://][_endpointName.]service</c>. With an endpoint name its entries
/// count. Without one, those of the first that exists of <c>default</c> and then the schemes in their order, which is
/// <c>http</c>, <c>https</c> where none is given. Of entries with a scheme only those of the first scheme present count, so that
/// one instance with two ports is one endpoint; entries without a scheme always count. The scheme becomes the metadata <c>scheme</c>.</para>
/// <para>An entry without a scheme in a list that is named after one has that one in its metadata. An entry without a port has that of its scheme, or of the scheme that the list is named after. An address that is listed twice
/// counts once. A change of the configuration is taken over at once; one with a mistake is logged and changes nothing.</para>
/// </remarks>
public sealed class ServicesEndpointSource : IEndpointSource
{
    private const string Services = "Services";

    private readonly IConfiguration _configuration;
    private readonly ILogger _logger;
    private readonly MonotonicClock _clock;

    /// <summary>Creates the source.</summary>
    /// <param name="configuration">The whole configuration.</param>
    /// <param name="logger">Where bad reloads are written.</param>
    /// <param name="timeProvider">The clock; <see langword="null"/> means the system's.</param>
    public ServicesEndpointSource(IConfiguration configuration, ILogger<ServicesEndpointSource> logger, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(logger);
        _configuration = configuration;
        _logger = logger;
        _clock = new(timeProvider);
    }

    /// <summary><c>services</c>.</summary>
    public string Name => "services";

    /// <summary>Yes.</summary>
    public bool ResolvesNames => true;

    /// <summary>Yes.</summary>
    public bool NamesEndpoints => true;

    /// <summary>Whether there is a list that the service's name leads to.</summary>
    /// <inheritdoc />
    public bool Serves(EndpointQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return FindList(ServiceReference.Of(query)) is not null;
    }

    /// <inheritdoc />
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The first list has mistakes: all of them.</exception>
    public IAsyncEnumerable<EndpointUpdate> WatchAsync(EndpointQuery query, IRefreshSignal refresh, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var reference = ServiceReference.Of(query);
        return new ConfigurationWatch(_configuration, $"{Services}:{reference.Service}", errors => Read(reference, errors), _clock, _logger)
            .RunAsync(cancellationToken);
    }

    /// <summary>The list that schemes in this order lead to, where the query itself leads to another one; otherwise <see langword="null"/>.</summary>
    internal string? NameOf(EndpointQuery query, IReadOnlyList<string> schemes)
    {
        var reference = ServiceReference.Of(query);
        var wanted = reference.EndpointName is null ? FindList(reference with { Schemes = schemes })?.Key : null;
        return string.Equals(wanted, FindList(reference)?.Key, StringComparison.OrdinalIgnoreCase) ? null : wanted;
    }

    private IConfigurationSection? FindList(ServiceReference reference)
    {
        var service = _configuration.GetSection(Services).GetSection(reference.Service);
        var names = reference.EndpointName is { } name ? [name] : reference.Schemes.Prepend("default");
        return names.Select(service.GetSection).FirstOrDefault(ConfiguredEndpoints.Any);
    }

    private List<EndpointDescriptor> Read(ServiceReference reference, SettingErrors errors)
    {
        if (FindList(reference) is not { } list)
        {
            return [];
        }

        var entries = string.IsNullOrWhiteSpace(list.Value) ? list.GetChildren() : [list];
        var addresses = new List<EndpointAddress>();
        foreach (var entry in entries)
        {
            ReadEntry(list, entry, addresses, errors);
        }

        var best = reference.Schemes.FirstOrDefault(scheme => addresses.Exists(a => IsScheme(a, scheme)));
        return [.. addresses
            .Where(a => a.Scheme is null || (best is not null && IsScheme(a, best)))
            .Select(a => ConfiguredEndpoints.Create(a.Scheme is null ? a with { Scheme = SchemeOf(list.Key) } : a, a.Port!.Value))
            .DistinctBy(static e => e.Id, StringComparer.OrdinalIgnoreCase)];
    }

    private static void ReadEntry(IConfigurationSection list, IConfigurationSection entry, List<EndpointAddress> addresses, SettingErrors errors)
    {
        if (entry != list && !int.TryParse(entry.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            errors.Add(entry.Path, entry.Value ?? "(a section)", "a list: numbers as keys");
        }
        else if (!EndpointAddress.TryParse(entry.Value, out var address))
        {
            errors.Add(entry.Path, entry.Value, EndpointAddress.Allowed);
        }
        else if ((address.Port ?? PortOf(list.Key)) is { } port)
        {
            addresses.Add(address with { Port = port });
        }
        else
        {
            errors.Add(entry.Path, entry.Value, EndpointAddress.Allowed + "; the port is missing");
        }
    }

    private static string? SchemeOf(string name) => PortOf(name) is { } port ? port == 80 ? Uri.UriSchemeHttp : Uri.UriSchemeHttps : null;

    private static int? PortOf(string name) => name.ToUpperInvariant() switch
    {
        "HTTP" => 80,
        "HTTPS" => 443,
        _ => null,
    };

    private static bool IsScheme(EndpointAddress address, string scheme) =>
        string.Equals(address.Scheme, scheme, StringComparison.OrdinalIgnoreCase);
}
