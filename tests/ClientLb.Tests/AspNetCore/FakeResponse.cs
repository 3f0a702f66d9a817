using Microsoft.AspNetCore.Http.Features;

namespace ClientLb.Tests.AspNetCore;

/// <summary>An answer that starts when it is told to, as a server's does with its first byte.</summary>
internal sealed class FakeResponse : HttpResponseFeature
{
    private readonly Stack<(Func<object, Task> Callback, object State)> _onStarting = new();
    private bool _hasStarted;

    public override bool HasStarted => _hasStarted;

    public override void OnStarting(Func<object, Task> callback, object state) => _onStarting.Push((callback, state));

    public async Task StartAsync()
    {
        while (_onStarting.TryPop(out var entry))
        {
            await entry.Callback(entry.State);
        }

        _hasStarted = true;
    }
}
