using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;

namespace ClientLb.Discovery;

/// <summary>Gives the sources that are worth it a list on disk to start from.</summary>
internal sealed class WarmStart(WarmStartOptions options, MonotonicClock clock, ILogger logger)
{
    // Once: a process that changes its working directory later must not lose its lists.
    private readonly string? _directory = options.Directory is null ? null : Path.GetFullPath(options.Directory);

    /// <summary>The source with a stored list behind it, or the source itself: without a directory, or where it has its list at hand anyway.</summary>
    /// <param name="query">What the source will be asked; the result is for this cluster alone.</param>
    /// <param name="source">The source.</param>
    /// <param name="name">Its name, which tells it from the other sources of the cluster.</param>
    public IEndpointSource Wrap(EndpointQuery query, IEndpointSource source, string name)
    {
        if (_directory is null || !IsWorthIt(source))
        {
            return source;
        }

        var file = new StoredListFile(_directory, new(Named(query.Cluster), Named(query.Service), name), options, clock.TimeProvider, logger);
        return new StoredEndpointSource(source, file, new(file.Write, clock), options.Patience, clock, logger);

        // The endpoints of another name are others.
        string Named(string text) => query.EndpointName is null ? text : $"_{query.EndpointName}.{text}";
    }

    private static bool IsWorthIt(IEndpointSource source) =>
        (source is NamedEndpointSource named ? named.Source : source) is not (StaticEndpointSource or ConfigurationEndpointSource or ServicesEndpointSource);
}
