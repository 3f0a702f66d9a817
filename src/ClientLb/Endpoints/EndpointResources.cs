namespace ClientLb.Endpoints;

/// <summary>What belongs to an endpoint's life: disposed once, when it is retired. Adding to a retired endpoint disposes at once.</summary>
internal sealed class EndpointResources
{
    private readonly Lock _gate = new();
    private List<IDisposable>? _resources = [];

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
