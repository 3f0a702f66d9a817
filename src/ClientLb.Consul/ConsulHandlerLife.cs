namespace ClientLb.Consul;

/// <summary>A handler, and how many still use it: the last one out disposes it, once it has been told to end.</summary>
internal sealed class ConsulHandlerLife(HttpMessageHandler handler)
{
    private readonly Lock _lock = new();
    private int _users;
    private bool _isEnding;
    private bool _isDisposed;

    public HttpMessageInvoker Invoker { get; } = new(handler);

    public void Enter()
    {
        lock (_lock)
        {
            _users++;
        }
    }

    public void Leave() => Change(-1, isEnding: false);

    public void End() => Change(0, isEnding: true);

    private void Change(int users, bool isEnding)
    {
        lock (_lock)
        {
            _users += users;
            _isEnding |= isEnding;
            if (!_isEnding || _users > 0 || _isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        Invoker.Dispose();
    }
}
