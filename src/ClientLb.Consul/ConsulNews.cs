using ClientLb.Discovery;

namespace ClientLb.Consul;

/// <summary>An update and, when it comes, the one after it: a list that its readers walk each at its own pace.</summary>
internal sealed class ConsulNews(EndpointUpdate? update)
{
    private readonly TaskCompletionSource<ConsulNews> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The update; <see langword="null"/> before the first one.</summary>
    public EndpointUpdate? Update => update;

    public Task<ConsulNews> Next => _next.Task;

    public ConsulNews Append(EndpointUpdate following)
    {
        var news = new ConsulNews(following);
        _next.TrySetResult(news);
        return news;
    }

    public void End()
    {
        _next.TrySetException(new ObjectDisposedException(nameof(ConsulEndpointSource)));

        // Seen: where nobody reads, nobody else would, and it would count as unobserved.
        _ = _next.Task.Exception;
    }
}
