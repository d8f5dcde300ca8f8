"""Records networks of Keras as tf2onnx writes them.

Run with Python 3.11 and tensorflow-cpu==2.15.1 tf2onnx==1.16.1 onnx==1.16.2 onnxruntime==1.20.1 'protobuf<5':

    python keras_tf2onnx.py
"""

import tensorflow as tf
import tf2onnx
from record import inputs, record

layers = tf.keras.layers
tf.keras.utils.set_random_seed(1)
networks = {
    "mlp": ([layers.Dense(6, "relu"), layers.Dropout(0.2), layers.Dense(3, "softmax")], (8,), 13),
    "old": ([layers.Dense(6, "relu"), layers.Dense(3, "softmax", use_bias=False)], (8,), 11),
    "sequence": ([layers.Dense(6, "relu"), layers.Dense(3)], (5, 8), 15),
}
for name, (stack, shape, opset) in networks.items():
    network = tf.keras.Sequential([tf.keras.Input(shape, name="input"), *stack])
    for weight in network.trainable_weights:
        if "bias" in weight.name:
            weight.assign(tf.random.stateless_uniform(weight.shape, (1, 2), -0.5, 0.5))
    signature = (tf.TensorSpec((None, *shape), tf.float32, name="input"),)
    exported, _ = tf2onnx.convert.from_keras(network, signature, opset=opset)
    versions = f"TensorFlow {tf.__version__}, tf2onnx {tf2onnx.__version__}, opset {opset}"
    record(f"keras-{name}", exported, {"input": inputs(2, *shape)}, versions)
