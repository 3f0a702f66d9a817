namespace ClientLb.Endpoints;

/// <summary>
/// What belongs to an endpoint's life: disposed once, when it is retired, or when it has drained. Adding to a retired endpoint disposes at once.
/// </summary>
internal sealed class EndpointResources
{
    private readonly Lock _gate = new();
    private List<IDisposable>? _resources = [];

    /// <summary>True while there is something to dispose.</summary>
    public bool Any
    {
        get
        {
            lock (_gate)
            {
                return _resources is { Count: > 0 };
            }
        }
    }

    public void Add(IDisposable resource)
    {
        lock (_gate)
        {
            if (_resources is not null)
            {
                _resources.Add(resource);
                return;
            }
        }

        resource.Dispose();
    }

    public void Remove(IDisposable resource)
    {
        lock (_gate)
        {
            _resources?.Remove(resource);
        }
    }

    /// <summary>Ends what is under way, in the middle.</summary>
    public void CutOff()
    {
        IDisposable[] resources;
        lock (_gate)
        {
            resources = [.. _resources ?? []];
        }

        foreach (var resource in resources)
        {
            (resource as ICutOff)?.CutOff();
        }
    }

    /// <summary>Disposes what there is now. More may come: the endpoint lives on.</summary>
    public void Clear()
    {
        List<IDisposable>? resources = null;
        lock (_gate)
        {
            if (_resources is not null)
            {
                (resources, _resources) = (_resources, []);
            }
        }

        resources?.ForEach(static resource => resource.Dispose());
    }

    public void DisposeAll()
    {
        List<IDisposable>? resources;
        lock (_gate)
        {
            resources = _resources;
            _resources = null;
        }

        foreach (var resource in resources ?? [])
        {
            resource.Dispose();
        }
    }
}
