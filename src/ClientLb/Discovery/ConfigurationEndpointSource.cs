using ClientLb.Endpoints;
using ClientLb.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace ClientLb.Discovery;

/// <summary>
/// The lists in <c>ClientLb:Clusters:&lt;name&gt;:Endpoints</c>: a list or a map of objects, of plain addresses, or one text with commas.
/// </summary>
/// <remarks>
/// <para>An object has <c>Address</c> (<c>host</c>, <c>host:port</c> or <c>http(s)://host:port</c>; the scheme becomes the metadata
/// <c>scheme</c>), <c>Port</c>, <c>Weight</c> (0 to 65535, default 1; 0 drains), <c>Enabled</c> (default true; false leaves it out),
/// <c>Priority</c> (0 to 1000, default 0), <c>Zone</c>, <c>Region</c>, <c>Id</c> (default: the key in a map, <c>host:port</c> in a list)
/// and <c>Metadata</c> (names and texts).</para>
/// <para>A change of the configuration is taken over at once; one with a mistake is logged and changes nothing.</para>
/// </remarks>
public sealed class ConfigurationEndpointSource : IEndpointSource
{
    private const string Clusters = "ClientLb:Clusters";

    private readonly IConfiguration _configuration;
    private readonly ILogger _logger;
    private readonly MonotonicClock _clock;

    /// <summary>Creates the source.</summary>
    /// <param name="configuration">The whole configuration.</param>
    /// <param name="logger">Where bad reloads are written.</param>
    /// <param name="timeProvider">The clock; <see langword="null"/> means the system's.</param>
    public ConfigurationEndpointSource(
        IConfiguration configuration, ILogger<ConfigurationEndpointSource> logger, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(logger);
        _configuration = configuration;
        _logger = logger;
        _clock = new(timeProvider);
    }

    /// <summary><c>configuration</c>.</summary>
    public string Name => "configuration";

    /// <summary>Yes.</summary>
    public bool ResolvesNames => true;

    /// <summary>Checks the lists of every cluster in the configuration. For the start, where a mistake should stop the process.</summary>
    /// <param name="configuration">The whole configuration.</param>
    /// <param name="errors">Where the mistakes go.</param>
    public static void Validate(IConfiguration configuration, SettingErrors errors)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(errors);
        foreach (var cluster in configuration.GetSection(Clusters).GetChildren())
        {
            ConfiguredEndpoints.Read(cluster.GetSection("Endpoints"), errors);
        }
    }

    /// <summary>Whether the cluster's section lists endpoints, enabled or not.</summary>
    /// <inheritdoc />
    public bool Serves(EndpointQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return ConfiguredEndpoints.Any(Section(query));
    }

    /// <inheritdoc />
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The first list has mistakes: all of them.</exception>
    public IAsyncEnumerable<EndpointUpdate> WatchAsync(EndpointQuery query, IRefreshSignal refresh, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var section = Section(query);
        return new ConfigurationWatch(_configuration, section.Path, errors => ConfiguredEndpoints.Read(section, errors), _clock, _logger)
            .RunAsync(cancellationToken);
    }

    private IConfigurationSection Section(EndpointQuery query) => _configuration.GetSection($"{Clusters}:{query.Cluster}:Endpoints");
}
